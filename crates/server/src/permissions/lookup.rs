//! What is looked up: the parameters of a GET.

use grantrie::{AttributeValue, Pattern, Permission, PermissionQuery, Principal, PrincipalKind};
use serde::Deserialize;

use super::error::Detail;
use super::resource;
use crate::http::json;
use crate::query;

/// Permissions on one page, at most, and if nothing is said of it. `_total` says whether there are more.
pub(super) const MOST_ON_A_PAGE: usize = 10_000;

/// A GET's parameters, read.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) namespaces: Vec<String>,
    pub(super) pattern: Pattern,
    /// Whether patterns are sought that this one covers, or those that cover it.
    pub(super) by_pattern: bool,
    pub(super) whose: Whose,
    /// Actions that a permission must all have.
    actions: Vec<String>,
    /// Criteria that a permission must have; a value that is absent asks for permissions without any.
    criteria: Vec<(String, Option<String>)>,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// Whose permissions are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Nothing is said of it.
    Unsaid,
    /// Of this kind: the caller's own, or all of a trusted caller.
    Kind(PrincipalKind),
    /// Of all of this kind.
    All(PrincipalKind),
    /// Of one.
    One(Principal),
}

impl Whose {
    /// Whether a principal is one of those.
    pub(super) fn means(&self, principal: &Principal) -> bool {
        match self {
            Self::Unsaid => true,
            Self::Kind(kind) | Self::All(kind) => principal.kind == *kind,
            Self::One(one) => principal == one,
        }
    }
}

/// `page={"_offset":n,"_pageSize":n}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageParameter {
    #[serde(rename = "_offset")]
    offset: Option<usize>,
    #[serde(rename = "_pageSize")]
    page_size: Option<usize>,
}

fn bad(name: &str, message: impl Into<String>) -> Detail {
    Detail::of_field("invalid_parameter", name, message)
}

/// Parameters while they are read: those that may be there once, and those that may be repeated.
#[derive(Default)]
struct Parameters {
    once: Vec<(String, String)>,
    namespaces: Vec<String>,
    filters: Vec<String>,
    actions: Vec<String>,
    criteria: Vec<(String, Option<String>)>,
}

const ONCE: [&str; 7] =
    ["_resourceDesc._irn", "_user._type", "_user._id", "patternmatch", "_offset", "_pageSize", "page"];

const CRITERIA: &str = "_resourceDesc._criteria";

impl Parameters {
    fn read(text: &str) -> Result<Self, Detail> {
        let pairs = query::pairs([text]).map_err(|error| bad("query", error.to_string()))?;
        let mut read = Self::default();
        for (name, value) in pairs {
            read.take(name, value)?;
        }
        Ok(read)
    }

    fn take(&mut self, name: String, value: String) -> Result<(), Detail> {
        match name.as_str() {
            "_namespace" => self.namespaces.push(value),
            "nsfilter" => self.filters.push(value),
            "_actions" => self.actions.extend(actions(&value)?),
            // Says of answers what all answers say.
            "_includeTotal" => {}
            CRITERIA if value == "null" => self.criteria.push((String::new(), None)),
            known if ONCE.contains(&known) => {
                if self.once.iter().any(|(other, _)| *other == name) {
                    return Err(bad(&name, "is given more than once"));
                }
                self.once.push((name, value));
            }
            other => {
                let attribute = other.strip_prefix(CRITERIA).and_then(|rest| rest.strip_prefix('.'));
                let attribute = attribute.filter(|attribute| !attribute.is_empty());
                let attribute = attribute.ok_or_else(|| bad(other, "is no parameter of this call"))?.to_owned();
                if self.criteria.iter().any(|(known, _)| *known == attribute) {
                    return Err(bad(&name, "is given more than once"));
                }
                self.criteria.push((attribute, Some(value).filter(|value| value != "null")));
            }
        }
        Ok(())
    }

    fn once(&self, name: &str) -> Option<&str> {
        self.once.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Detail> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().ok_or_else(|| bad(name, "expected a whole number from 0"))
        };
        self.once(name).map(number).transpose()
    }

    /// Offset and size, each said in one place.
    fn page(&self) -> Result<(usize, usize), Detail> {
        let page = match self.once("page") {
            None => PageParameter { offset: None, page_size: None },
            Some(text) => json::value(text.as_bytes())
                .and_then(json::typed)
                .map_err(|error| bad("page", format!("expected `{{\"_offset\":0,\"_pageSize\":10}}`: {error}")))?,
        };
        let said = |name: &str, inside: Option<usize>| match (self.number(name)?, inside) {
            (Some(_), Some(_)) => Err(bad(name, "is given beside `page`, which has it too")),
            (outside, inside) => Ok(outside.or(inside)),
        };
        let (offset, size) = (said("_offset", page.offset)?, said("_pageSize", page.page_size)?);
        Ok((offset.unwrap_or(0), size.unwrap_or(MOST_ON_A_PAGE).min(MOST_ON_A_PAGE)))
    }

    fn whose(&self) -> Result<Whose, Detail> {
        let Some(kind) = self.once("_user._type") else {
            return match self.once("_user._id") {
                None => Ok(Whose::Unsaid),
                Some(_) => Err(bad("_user._type", "is missing: an id needs its type")),
            };
        };
        let kind = kind.parse::<PrincipalKind>().map_err(|error| bad("_user._type", error.to_string()))?;
        Ok(match self.once("_user._id") {
            None => Whose::Kind(kind),
            Some("*") => Whose::All(kind),
            Some("") => return Err(bad("_user._id", "is empty")),
            Some(id) => Whose::One(Principal { kind, id: id.to_owned() }),
        })
    }
}

/// A list of actions: one, several with commas, or a JSON list.
fn actions(text: &str) -> Result<Vec<String>, Detail> {
    let listed: Vec<String> = if text.starts_with('[') {
        json::value(text.as_bytes()).and_then(json::typed).map_err(|error| bad("_actions", error.to_string()))?
    } else {
        text.split(',').map(str::to_owned).collect()
    };
    match listed.iter().find(|action| *action != "*" && grantrie::Action::check(action).is_err()) {
        Some(_) => Err(bad("_actions", "expected actions in upper case, or `*`")),
        None => Ok(listed),
    }
}

impl Lookup {
    /// Reads a query.
    ///
    /// # Errors
    /// What is missing, given twice, not known, or not what it should be.
    pub(super) fn read(query: &str) -> Result<Self, Detail> {
        let parameters = Parameters::read(query)?;
        let namespaces = parameters.namespaces.iter().filter(|name| !name.is_empty());
        let namespaces: Vec<String> = namespaces.cloned().collect();
        if namespaces.is_empty() {
            return Err(bad("_namespace", "is missing"));
        }
        // A filter only ever narrows what was asked for.
        let passes = |name: &String| parameters.filters.is_empty() || parameters.filters.contains(name);
        let namespaces = namespaces.into_iter().filter(passes).collect();
        let irn = parameters.once("_resourceDesc._irn").ok_or_else(|| bad("_resourceDesc._irn", "is missing"))?;
        let by_pattern = match parameters.once("patternmatch") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(bad("patternmatch", "expected `true` or `false`")),
        };
        let (pattern, whose, (offset, limit)) = (resource::read(irn)?, parameters.whose()?, parameters.page()?);
        let Parameters { actions, criteria, .. } = parameters;
        Ok(Self { namespaces, pattern, by_pattern, whose, actions, criteria, offset, limit })
    }

    /// What the engine is asked; what it cannot be asked, [`keeps`](Self::keeps) tells.
    pub(super) fn query<'a>(&'a self, namespaces: &'a [&'a str]) -> PermissionQuery<'a> {
        let (covering, covered_by) =
            if self.by_pattern { (None, Some(&self.pattern)) } else { (Some(&self.pattern), None) };
        let (principal_kind, principal_id) = match &self.whose {
            Whose::Unsaid => (None, None),
            Whose::Kind(kind) | Whose::All(kind) => (Some(*kind), None),
            Whose::One(principal) => (Some(principal.kind), Some(principal.id.as_str())),
        };
        let (offset, limit) = (self.offset, Some(self.limit));
        PermissionQuery { namespaces, covering, covered_by, principal_kind, principal_id, offset, limit }
    }

    /// Whether a permission's pattern stands to the one that was passed as was asked.
    pub(super) fn relates(&self, pattern: &Pattern) -> bool {
        if self.by_pattern { self.pattern.covers(pattern) } else { pattern.covers(&self.pattern) }
    }

    /// Whether a permission has the actions and criteria that were asked for.
    pub(super) fn keeps(&self, permission: &Permission) -> bool {
        let has_action = |action: &String| match action.as_str() {
            "*" => permission.actions == grantrie::Actions::All,
            action => permission.actions.contains(action),
        };
        let has_criterion = |(name, wanted): &(String, Option<String>)| match wanted {
            None => permission.criteria.is_empty(),
            Some(wanted) => permission.criteria.get(name).is_some_and(|value| reads_as(value, wanted)),
        };
        self.actions.iter().all(has_action) && self.criteria.iter().all(has_criterion)
    }
}

/// Whether a value is written so in a query, where everything is text.
fn reads_as(value: &AttributeValue, text: &str) -> bool {
    match value {
        AttributeValue::Text(value) => value == text,
        other => other.to_string() == text,
    }
}
