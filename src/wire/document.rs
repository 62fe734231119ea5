//! A document while it is read: values of the expected kind, and every problem with its place.
//!
//! Over [`Lexer`], under the formats beside it. A value that is not what was expected is reported, read past, and
//! answered as `None`; only what is not JSON ends the reading ([`Stop`]).

use std::fmt;
use std::io::Read;

use super::lexer::{Kind, Lexer, Place, Stop};
use super::plain;
use crate::error::{Code, ParseError, Problem, Refused};
use crate::limits::Limits;
use crate::model::{AttributeValue, Attributes, Span, Spelled, SpelledUser, Timestamp, check_id};

/// The way from the top of the document to a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    Top,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) const fn key(&'p self, key: &'p str) -> Self {
        Path::Key(self, key)
    }

    pub(super) const fn item(&'p self, index: usize) -> Self {
        Path::Item(self, index)
    }

    /// The index in the outermost list.
    fn index(&self) -> Option<usize> {
        let (mut path, mut index) = (self, None);
        loop {
            match path {
                Path::Top => return index,
                Path::Key(parent, _) => path = parent,
                Path::Item(parent, at) => {
                    index = Some(*at);
                    path = parent;
                }
            }
        }
    }
}

impl fmt::Display for Path<'_> {
    /// Recurses as deep as the formats nest, not as deep as the input does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Top => Ok(()),
            Path::Key(Path::Top, key) => write!(f, "{}", Shown(key)),
            Path::Key(parent, key) => write!(f, "{parent}.{}", Shown(key)),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A foreign text in a message: escaped, and at most 80 characters of it.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for c in characters.by_ref().take(80) {
            write!(f, "{}", c.escape_debug())?;
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// Why a text is not what it should be.
pub(super) enum Rejection {
    /// It does not parse.
    Parse(ParseError),
    /// Anything else, in words.
    Other(Code, String),
}

impl From<ParseError> for Rejection {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

/// The keys of an object.
pub(super) struct Shape {
    /// What the object is, for messages.
    pub(super) what: &'static str,
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
    /// Keys that are unknown like any other, but for a reason worth saying.
    pub(super) refused: &'static [(&'static str, &'static str)],
}

impl Shape {
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }
}

pub(super) struct Document<'r> {
    lexer: Lexer<'r>,
    problems: Vec<Problem>,
    unlisted: usize,
    /// Where ids stand in the value that was read last.
    spans: Vec<Span>,
    pub(super) limits: &'r Limits,
    /// Whether values are judged here, or by who takes them.
    pub(super) judges: bool,
}

impl<'r> Document<'r> {
    pub(super) fn new(input: &'r mut dyn Read, limits: &'r Limits) -> Self {
        Self {
            lexer: Lexer::new(input, limits),
            problems: Vec::new(),
            unlisted: 0,
            spans: Vec::new(),
            limits,
            judges: true,
        }
    }

    /// A document of which only the form is judged here: what its values can say but must not (an empty id, a time
    /// window that is none) is left to who takes them and reports it together with the rest.
    pub(super) fn of_form(input: &'r mut dyn Read, limits: &'r Limits) -> Self {
        Self { judges: false, ..Self::new(input, limits) }
    }

    /// Makes sure that the document ends here, and answers what was read if there was no problem.
    pub(super) fn finish<T>(mut self, read: Result<T, Stop>) -> Result<T, Refused> {
        let read = read.and_then(|value| self.lexer.end().map(|()| value));
        let value = read.map_err(|stop| self.problems.push(*stop));
        match value {
            Ok(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Refused::new(self.problems, usize::MAX, self.unlisted)),
        }
    }

    /// How many problems were found so far.
    pub(super) fn found(&self) -> usize {
        self.problems.len().saturating_add(self.unlisted)
    }

    pub(super) fn report(&mut self, path: &Path<'_>, place: Place, code: Code, message: fmt::Arguments<'_>) {
        self.note(path, place, |field| Problem::new(code, field, message.to_string()));
    }

    /// The permission that comes next with the text that it stands in, if it is a plain one; else nothing is read.
    pub(super) fn plain_permission(&mut self) -> Option<(&str, Spelled)> {
        let (spelled, passed) = plain::permission(self.lexer.at_hand(plain::DEPTH)?)?;
        Some((self.lexer.pass(passed), spelled))
    }

    /// The same of a user, and where the ids of its groups and profiles stand in the text.
    pub(super) fn plain_user(&mut self) -> Option<(&str, SpelledUser, &[Span])> {
        let (user, passed) = plain::user(self.lexer.at_hand(plain::DEPTH)?, &mut self.spans)?;
        if self.spans.len() > self.limits.memberships_per_principal {
            return None;
        }
        Some((self.lexer.pass(passed), user, &self.spans))
    }

    /// Where the next value begins.
    pub(super) fn place(&mut self) -> Result<Place, Stop> {
        self.lexer.kind()?;
        Ok(self.lexer.place())
    }

    /// Reads past the next value, which is of the wrong kind.
    pub(super) fn wrong_type(&mut self, path: &Path<'_>, expected: &str) -> Result<(), Stop> {
        let kind = self.lexer.kind()?;
        let optional = kind == Kind::Null && matches!(path, Path::Key(..));
        let advice = if optional { ": leave the key out instead of writing null" } else { "" };
        let place = self.lexer.place();
        self.report(path, place, Code::WrongType, format_args!("found {}, expected {expected}{advice}", kind.name()));
        self.lexer.skip()
    }

    /// A text, as `read` understands it.
    pub(super) fn text<T>(
        &mut self,
        path: &Path<'_>,
        read: impl FnOnce(&str) -> Result<T, Rejection>,
    ) -> Result<Option<T>, Stop> {
        if self.lexer.kind()? != Kind::Text {
            self.wrong_type(path, "a text")?;
            return Ok(None);
        }
        let place = self.lexer.place();
        if !self.lexer.string()? {
            self.too_long(path, place);
            return Ok(None);
        }
        match read(self.lexer.text()) {
            Ok(value) => Ok(Some(value)),
            Err(Rejection::Other(code, message)) => {
                self.report(path, place, code, format_args!("{message}"));
                Ok(None)
            }
            Err(Rejection::Parse(error)) => {
                let text = self.lexer.text().to_owned();
                self.note(path, place, |field| Problem::parse(error, field, &text));
                Ok(None)
            }
        }
    }

    /// A text that can be the id of a principal or project, or a namespace.
    pub(super) fn id(&mut self, path: &Path<'_>) -> Result<Option<String>, Stop> {
        let judges = self.judges;
        self.text(path, |text| {
            if judges {
                check_id(text)?;
            }
            Ok(text.to_owned())
        })
    }

    /// Any text.
    pub(super) fn any_text(&mut self, path: &Path<'_>) -> Result<Option<String>, Stop> {
        self.text(path, |text| Ok(text.to_owned()))
    }

    /// An instant.
    pub(super) fn time(&mut self, path: &Path<'_>) -> Result<Option<Timestamp>, Stop> {
        self.text(path, |text| {
            text.parse().map_err(|error| Rejection::Other(Code::InvalidTime, format!("`{}`: {error}", Shown(text))))
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, path: &Path<'_>) -> Result<Option<bool>, Stop> {
        match self.lexer.kind()? {
            Kind::True => self.lexer.literal("true").map(|()| Some(true)),
            Kind::False => self.lexer.literal("false").map(|()| Some(false)),
            _ => self.wrong_type(path, "true or false").map(|()| None),
        }
    }

    /// A number, of which nothing is wanted.
    pub(super) fn any_number(&mut self, path: &Path<'_>) -> Result<(), Stop> {
        if self.lexer.kind()? == Kind::Number { self.lexer.number() } else { self.wrong_type(path, "a number") }
    }

    /// A list, item by item; false if it is none.
    pub(super) fn list(
        &mut self,
        path: &Path<'_>,
        mut item: impl FnMut(&mut Self, &Path<'_>) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        if self.lexer.kind()? != Kind::Array {
            self.wrong_type(path, "an array")?;
            return Ok(false);
        }
        self.lexer.enter(Kind::Array)?;
        let mut index: usize = 0;
        while self.lexer.more()? {
            item(self, &path.item(index))?;
            index = index.saturating_add(1);
        }
        Ok(true)
    }

    /// A list of ids, at most as many as a principal may have memberships.
    pub(super) fn ids(&mut self, path: &Path<'_>) -> Result<Option<Vec<String>>, Stop> {
        self.texts(path, Self::id)
    }

    /// A list of texts, at most as many as a principal may have memberships.
    pub(super) fn texts(
        &mut self,
        path: &Path<'_>,
        mut read: impl FnMut(&mut Self, &Path<'_>) -> Result<Option<String>, Stop>,
    ) -> Result<Option<Vec<String>>, Stop> {
        let place = self.place()?;
        let limit = self.limits.memberships_per_principal;
        let (mut texts, mut excess) = (Vec::new(), false);
        let is_list = self.list(path, |document, path| {
            let Some(text) = read(document, path)? else { return Ok(()) };
            excess = excess || texts.len() >= limit;
            if !excess {
                texts.push(text);
            }
            Ok(())
        })?;
        if excess {
            let message = format_args!("more than {limit} ids (limit `memberships_per_principal`)");
            self.report(path, place, Code::TooManyMemberships, message);
        }
        Ok(is_list.then_some(texts))
    }

    /// An object of this shape, field by field; false if it is none. Unknown, repeated and missing keys are reported,
    /// and `field` is called once at most for each key.
    pub(super) fn object(
        &mut self,
        path: &Path<'_>,
        shape: &Shape,
        mut field: impl FnMut(&mut Self, &'static str, &Path<'_>) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        if self.lexer.kind()? != Kind::Object {
            self.wrong_type(path, &format!("an object ({})", shape.what))?;
            return Ok(false);
        }
        let place = self.lexer.place();
        let mut seen: u32 = 0;
        self.lexer.enter(Kind::Object)?;
        while self.lexer.more()? {
            let Some(key_place) = self.key(path)? else { continue };
            let key = self.lexer.bytes();
            let Some((bit, key)) = (0_u32..).zip(shape.keys()).find(|(_, known)| known.as_bytes() == key) else {
                self.unknown_key(path, key_place, shape)?;
                continue;
            };
            let bit = 1_u32.checked_shl(bit).unwrap_or(0);
            if seen & bit != 0 {
                self.duplicate_key(path, key_place, key)?;
                continue;
            }
            seen |= bit;
            field(self, key, &path.key(key))?;
        }
        for (bit, key) in (0_u32..).zip(shape.required) {
            if seen & 1_u32.checked_shl(bit).unwrap_or(0) == 0 {
                let message = format_args!("key `{key}` is missing ({})", shape.what);
                self.report(&path.key(key), place, Code::MissingKey, message);
            }
        }
        Ok(true)
    }

    /// An object of attributes; at most `limit` of them are kept, and more are a problem.
    pub(super) fn attributes(&mut self, path: &Path<'_>, limit: usize) -> Result<Option<Attributes>, Stop> {
        if self.lexer.kind()? != Kind::Object {
            self.wrong_type(path, "an object (attributes and their values)")?;
            return Ok(None);
        }
        let place = self.lexer.place();
        let (mut attributes, mut excess) = (Attributes::new(), false);
        self.lexer.enter(Kind::Object)?;
        while self.lexer.more()? {
            let Some(key_place) = self.key(path)? else { continue };
            let key = self.lexer.text().to_owned();
            if attributes.contains_key(&key) {
                self.duplicate_key(path, key_place, &key)?;
                continue;
            }
            let path = path.key(&key);
            let bytes = self.limits.attribute_bytes;
            if self.judges && (key.is_empty() || key.len() > bytes) {
                let message = format_args!("an attribute's name has 1 to {bytes} bytes (limit `attribute_bytes`)");
                self.report(&path, key_place, Code::InvalidAttribute, message);
            }
            // What does not count is remembered all the same, so that its repetition is seen.
            let value = self.attribute(&path)?.unwrap_or(AttributeValue::Flag(false));
            excess = excess || attributes.len() >= limit;
            if !excess {
                attributes.insert(key, value);
            }
        }
        if excess {
            self.report(path, place, Code::TooManyCriteria, format_args!("more than {limit} attributes"));
        }
        Ok(Some(attributes))
    }

    fn attribute(&mut self, path: &Path<'_>) -> Result<Option<AttributeValue>, Stop> {
        match self.lexer.kind()? {
            Kind::Text => {
                let (bytes, judges) = (self.limits.attribute_bytes, self.judges);
                self.text(path, |text| {
                    if text.len() <= bytes || !judges {
                        return Ok(text.into());
                    }
                    let message = format!("a value of {} bytes; the limit `attribute_bytes` is {bytes}", text.len());
                    Err(Rejection::Other(Code::InvalidAttribute, message))
                })
            }
            Kind::Number => {
                let place = self.lexer.place();
                self.lexer.number()?;
                let value = number(self.lexer.text());
                if value.is_none() {
                    let message = format_args!("a number beyond what 64 bits hold");
                    self.report(path, place, Code::InvalidAttribute, message);
                }
                Ok(value)
            }
            Kind::True | Kind::False => Ok(self.flag(path)?.map(AttributeValue::Flag)),
            kind @ (Kind::Null | Kind::Array | Kind::Object) => {
                let place = self.lexer.place();
                let message = format_args!("found {}, expected a text, a number, true or false", kind.name());
                self.report(path, place, Code::WrongType, message);
                self.lexer.skip().map(|()| None)
            }
        }
    }

    /// Reads a key, and answers where it stands; one that is too long is reported, and its value read past.
    fn key(&mut self, path: &Path<'_>) -> Result<Option<Place>, Stop> {
        let place = self.lexer.next_key_place()?;
        if self.lexer.key()? {
            return Ok(Some(place));
        }
        self.too_long(path, place);
        self.lexer.skip().map(|()| None)
    }

    #[cold]
    fn unknown_key(&mut self, path: &Path<'_>, place: Place, shape: &Shape) -> Result<(), Stop> {
        let key = self.lexer.text().to_owned();
        let path = path.key(&key);
        if let Some((_, why)) = shape.refused.iter().find(|(refused, _)| *refused == key) {
            self.report(&path, place, Code::UnknownKey, format_args!("unknown key `{key}`: {why}"));
        } else {
            let known: Vec<&str> = shape.keys().collect();
            let message = format_args!("unknown key `{}`; {} has {}", Shown(&key), shape.what, known.join(", "));
            self.report(&path, place, Code::UnknownKey, message);
        }
        self.lexer.skip()
    }

    #[cold]
    fn duplicate_key(&mut self, path: &Path<'_>, place: Place, key: &str) -> Result<(), Stop> {
        let message = format_args!("key `{}` stands twice in one object", Shown(key));
        self.report(&path.key(key), place, Code::DuplicateKey, message);
        self.lexer.skip()
    }

    #[cold]
    fn too_long(&mut self, path: &Path<'_>, place: Place) {
        let bytes = self.limits.json_string_bytes;
        let message = format_args!("a string longer than {bytes} bytes (limit `json_string_bytes`)");
        self.report(path, place, Code::StringTooLong, message);
    }

    #[cold]
    fn note(&mut self, path: &Path<'_>, place: Place, problem: impl FnOnce(String) -> Problem) {
        if self.problems.len() >= self.limits.reported_problems.max(1) {
            self.unlisted = self.unlisted.saturating_add(1);
            return;
        }
        let mut problem = problem(path.to_string());
        problem.item = path.index();
        problem.place = Some((place.line, place.column));
        self.problems.push(problem);
    }
}

/// The number that this JSON number stands for, if it is within reach.
fn number(text: &str) -> Option<AttributeValue> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse().ok().and_then(AttributeValue::from_f64)
}
