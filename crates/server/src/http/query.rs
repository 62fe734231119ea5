//! The query of a request, taken apart: every parameter is asked for, once unless it may repeat, and what nobody asked for is unknown.

use crate::query;

/// The parameters of a query, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a query, as [`query::pairs`].
    ///
    /// # Errors
    /// An escape that is none, or more parameters than any call has.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, String> {
        query::pairs(text).map(Self).map_err(|error| error.to_string())
    }

    /// Takes all values of a parameter.
    pub(crate) fn all(&mut self, name: &str) -> Vec<String> {
        let taken = self.0.extract_if(.., |(other, _)| other == name);
        taken.map(|(_, value)| value).collect()
    }

    /// Takes a parameter that may stand once.
    ///
    /// # Errors
    /// It stands twice: which of them counts must not be a question.
    pub(crate) fn one(&mut self, name: &str) -> Result<Option<String>, String> {
        let mut all = self.all(name);
        if all.len() > 1 {
            return Err(format!("{name}: stands {} times, and may stand once", all.len()));
        }
        Ok(all.pop())
    }

    /// Takes a parameter, as `parse` understands it.
    ///
    /// # Errors
    /// It stands twice, or `parse` does not understand it.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let parse = |text: String| parse(&text).map_err(|error| format!("{name}: {error}"));
        self.one(name)?.map(parse).transpose()
    }

    /// Takes a parameter that must be there.
    ///
    /// # Errors
    /// It stands twice, or not at all.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, String> {
        self.one(name)?.ok_or_else(|| format!("{name}: is missing"))
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// A parameter that nobody asked for.
    pub(crate) fn end(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("{}: unknown parameter", name.escape_debug())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_all_accounted_for() {
        let mut query = Query::read(Some("a=1&b=x%3A%2A+y&&c&d=%E2%82%AC&a=2")).unwrap();
        assert_eq!(query.one("b"), Ok(Some("x:* y".to_owned())));
        assert_eq!((query.one("c"), query.one("d")), (Ok(Some(String::new())), Ok(Some("€".to_owned()))));
        assert!(query.clone().one("a").unwrap_err().contains("stands 2 times"));
        assert_eq!(query.all("a"), ["1", "2"]);
        assert_eq!(query.required("e"), Err("e: is missing".to_owned()));
        assert_eq!(query.end(), Ok(()));
        assert_eq!(Query::read(Some("x=1")).unwrap().end(), Err("x: unknown parameter".to_owned()));
        assert!(Query::read(Some("a=%ff")).is_err() && Query::read(Some(&"a&".repeat(1_001))).is_err());
        assert!(Query::read(Some("n=7x")).unwrap().parsed("n", str::parse::<u8>).unwrap_err().starts_with("n: "));
    }
}
