//! A table of the configuration while it is read: every key is asked for once, and what nobody asked for is unknown.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};

use toml::de::{DeTable, DeValue};

use super::problems::Problems;

/// A value and where it stands.
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) field: String,
    pub(super) span: Range<usize>,
}

pub(super) struct Section<'a> {
    problems: &'a Problems<'a>,
    path: String,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    /// Keys that were asked for.
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(super) fn top(problems: &'a Problems<'a>, table: &'a DeTable<'a>) -> Self {
        Self { problems, path: String::new(), table, span: 0..0, known: RefCell::default() }
    }

    pub(super) fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports something about a key, at its value if it is there, else at the table.
    pub(super) fn report(&self, key: &str, message: impl fmt::Display) {
        let span = self.table.get(key).map_or_else(|| self.span.clone(), toml::Spanned::span);
        self.problems.report(&span, &self.field(key), message);
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn take(&self, key: &'static str) -> Option<Placed<&'a DeValue<'a>>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        let value = self.table.get(key)?;
        Some(Placed { value: value.get_ref(), field: self.field(key), span: value.span() })
    }

    fn read<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<Placed<T>> {
        let Placed { value, field, span } = self.take(key)?;
        if let Some(read) = read(value) {
            return Some(Placed { value: read, field, span });
        }
        self.problems.report(&span, &field, format_args!("found {}, expected {expected}", kind(value)));
        None
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Placed<&'a str>> {
        self.read(key, "a text", DeValue::as_str)
    }

    /// A text that must be there.
    pub(super) fn required(&self, key: &'static str) -> Option<Placed<&'a str>> {
        if !self.has(key) {
            self.report(key, "is missing");
        }
        self.text(key)
    }

    /// A text, as `parse` understands it.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Option<T> {
        let Placed { value, field, span } = self.text(key)?;
        parse(value).map_err(|error| self.problems.report(&span, &field, error)).ok()
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        self.read(key, "true or false", DeValue::as_bool).map(|placed| placed.value)
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &'static str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let whole = |value: &DeValue<'_>| {
            let number = value.as_integer()?;
            Some(u64::from_str_radix(number.as_str(), number.radix()).ok())
        };
        let Placed { value, field, span } = self.read(key, "a whole number", whole)?;
        if let Some(number) = value.filter(|number| bounds.contains(number)) {
            return Some(number);
        }
        let bounds = format_args!("expected a number from {} to {}", bounds.start(), bounds.end()).to_string();
        self.problems.report(&span, &field, bounds);
        None
    }

    /// A number that may have a fraction.
    pub(super) fn fraction(&self, key: &'static str, bounds: RangeInclusive<f64>) -> Option<f64> {
        let number = |value: &DeValue<'_>| match value {
            DeValue::Float(number) => Some(number.as_str().replace('_', "").parse::<f64>().ok()),
            DeValue::Integer(number) => Some(number.as_str().replace('_', "").parse::<f64>().ok()),
            _ => None,
        };
        let Placed { value, field, span } = self.read(key, "a number", number)?;
        if let Some(number) = value.filter(|number| bounds.contains(number)) {
            return Some(number);
        }
        self.problems.report(
            &span,
            &field,
            format_args!("expected a number from {} to {}", bounds.start(), bounds.end()),
        );
        None
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Placed<&'a str>> {
        let Some(list) = self.read(key, "a list of texts", DeValue::as_array) else { return Vec::new() };
        let mut texts = Vec::new();
        for (index, item) in list.value.iter().enumerate() {
            let (field, span) = (format!("{}[{index}]", list.field), item.span());
            match item.get_ref().as_str() {
                Some(value) => texts.push(Placed { value, field, span }),
                None => {
                    let found = kind(item.get_ref());
                    self.problems.report(&span, &field, format_args!("found {found}, expected a text"));
                }
            }
        }
        texts
    }

    /// A table inside this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let Placed { value, field, span } = self.read(key, "a table", DeValue::as_table)?;
        Some(Section { problems: self.problems, path: field, table: value, span, known: RefCell::default() })
    }

    /// A list of tables.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(list) = self.read(key, "a list of tables", DeValue::as_array) else { return Vec::new() };
        let mut sections = Vec::new();
        for (index, item) in list.value.iter().enumerate() {
            let (path, span) = (format!("{}[{index}]", list.field), item.span());
            match item.get_ref().as_table() {
                Some(table) => {
                    sections.push(Section { problems: self.problems, path, table, span, known: RefCell::default() });
                }
                None => {
                    let found = kind(item.get_ref());
                    self.problems.report(&span, &path, format_args!("found {found}, expected a table"));
                }
            }
        }
        sections
    }

    pub(super) fn report_at<T>(&self, placed: &Placed<T>, message: impl fmt::Display) {
        self.problems.report(&placed.span, &placed.field, message);
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn end(self) {
        let known = self.known.into_inner();
        for key in self.table.keys().filter(|key| !known.iter().any(|known| *known == key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            let field = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
            let message = format!("unknown key; known here: {}", known.join(", "));
            self.problems.report(&key.span(), &field, message);
        }
    }
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
