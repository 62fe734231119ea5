//! Actions: upper-case names, and sets of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::{Code, ParseError};
use crate::limits::MAX_ACTION_BYTES;

/// An action's name, `[A-Z][A-Z0-9_]{0,63}`.
///
/// ```
/// use grantrie::Action;
/// assert_eq!("READ".parse::<Action>()?.as_str(), "READ");
/// assert!("read".parse::<Action>().is_err()); // it would never apply
/// # Ok::<(), grantrie::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Action(Named);

/// A name that every engine knows, by its place in [`Action::KNOWN`], or any other. Nearly all are known: those take no
/// memory of their own.
#[derive(Clone)]
enum Named {
    Known(u8),
    Other(Box<str>),
}

impl Action {
    /// The actions that every engine knows from the start.
    pub const KNOWN: [&'static str; 7] = ["READ", "CREATE", "EDIT", "DELETE", "SHARE", "RUN", "ASSIGN"];

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Never empty-handed: the place is that of a name.
            Named::Known(place) => Self::KNOWN.get(usize::from(*place)).copied().unwrap_or_default(),
            Named::Other(name) => name,
        }
    }

    /// The names that every engine knows, of those that a bit is set of.
    pub(crate) fn known(bits: u8) -> impl Iterator<Item = &'static str> + Clone {
        let names = Self::KNOWN.into_iter().enumerate();
        names.filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name)
    }

    /// Whether `name` is an action's name; allocates nothing.
    ///
    /// # Errors
    /// [`Code::LowerCaseAction`] or [`Code::InvalidAction`], with the offending byte.
    pub fn check(name: &str) -> Result<(), ParseError> {
        let found_at = |offset: usize| name.get(offset..).and_then(|rest| rest.chars().next());
        for (offset, byte) in name.bytes().enumerate() {
            let good = match byte {
                b'A'..=b'Z' => offset < MAX_ACTION_BYTES,
                b'0'..=b'9' | b'_' => offset > 0 && offset < MAX_ACTION_BYTES,
                b'a'..=b'z' => return Err(ParseError::new(Code::LowerCaseAction, offset, found_at(offset))),
                _ => false,
            };
            if !good {
                return Err(ParseError::new(Code::InvalidAction, offset, found_at(offset)));
            }
        }
        if name.is_empty() { Err(ParseError::new(Code::InvalidAction, 0, None)) } else { Ok(()) }
    }
}

impl FromStr for Action {
    type Err = ParseError;

    fn from_str(name: &str) -> Result<Self, ParseError> {
        if let Some((place, _)) = (0_u8..).zip(Self::KNOWN).find(|(_, known)| *known == name) {
            return Ok(Self(Named::Known(place)));
        }
        Self::check(name)?;
        Ok(Self(Named::Other(name.into())))
    }
}

// An action is its name: the same name is always stored the same way.
impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Action {}

impl PartialOrd for Action {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Action {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Action {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Action").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The actions that a permission is for: all of them, later ones included, or a set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actions {
    /// `*`: every action, those that are registered later included.
    All,
    /// Exactly these. An empty set is refused when it is applied: it would grant nothing.
    Only(BTreeSet<Action>),
}

impl Actions {
    /// Reads a list of names in which `*` means all.
    ///
    /// ```
    /// use grantrie::Actions;
    /// assert!(Actions::parse(["READ", "EDIT"])?.contains("EDIT"));
    /// assert_eq!(Actions::parse(["*"])?, Actions::All);
    /// assert_eq!(Actions::parse(["READ", "edit"]).unwrap_err().index, 1);
    /// # Ok::<(), grantrie::InvalidActions>(())
    /// ```
    ///
    /// # Errors
    /// The index of the first name that is no action, and why.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidActions> {
        let mut set = BTreeSet::new();
        let mut all = false;
        for (index, name) in names.into_iter().enumerate() {
            if name == "*" {
                all = true;
            } else {
                set.insert(name.parse().map_err(|error| InvalidActions { index, error })?);
            }
        }
        Ok(if all { Self::All } else { Self::Only(set) })
    }

    /// Whether the set holds this action.
    #[must_use]
    pub fn contains(&self, action: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(set) => set.iter().any(|known| known.as_str() == action),
        }
    }

    /// The names as they are written, `*` alone for all; ascending.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (all, only) = match self {
            Self::All => (Some("*"), None),
            Self::Only(set) => (None, Some(set)),
        };
        all.into_iter().chain(only.into_iter().flatten().map(Action::as_str))
    }
}

/// A set of actions that stands somewhere else, or of known ones alone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ActionsRef<'a> {
    All,
    Only(&'a BTreeSet<Action>),
    /// A bit for each of [`Action::KNOWN`].
    Known(u8),
}

impl Actions {
    pub(crate) const fn view(&self) -> ActionsRef<'_> {
        match self {
            Self::All => ActionsRef::All,
            Self::Only(set) => ActionsRef::Only(set),
        }
    }
}

impl<'a> ActionsRef<'a> {
    pub(crate) const fn are_all(self) -> bool {
        matches!(self, Self::All)
    }

    /// The names, none for all.
    pub(crate) fn only(self) -> impl Iterator<Item = &'a str> + Clone {
        let (set, known) = match self {
            Self::All => (None, 0),
            Self::Only(set) => (Some(set), 0),
            Self::Known(known) => (None, known),
        };
        set.into_iter().flatten().map(Action::as_str).chain(Action::known(known).map(|name| -> &'a str { name }))
    }

    pub(crate) fn to_actions(self) -> Actions {
        match self {
            Self::All => Actions::All,
            Self::Only(set) => Actions::Only(set.clone()),
            Self::Known(_) => self.only().filter_map(|name| name.parse().ok()).collect(),
        }
    }
}

/// A list of names in which one is no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("action {index} of the list, {error}")]
pub struct InvalidActions {
    /// The place of the first wrong name in the list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub error: ParseError,
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        Self::Only(actions.into_iter().collect())
    }
}
