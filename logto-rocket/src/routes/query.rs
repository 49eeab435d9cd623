//! Strict parsing of query parameters.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::guard::RequestView;

/// No parameter of these endpoints has a longer value.
const MAX_VALUE: usize = 32 * 1024;
/// No authorization response has more parameters.
const MAX_PARAMETERS: usize = 32;

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadQuery {
    Repeated,
    Unreadable,
}

/// The parameters in `names`, each at most once. Other parameters are ignored.
pub(super) struct Query(BTreeMap<&'static str, String>);

impl Query {
    pub(super) fn read(request: &dyn RequestView, names: &[&'static str]) -> Result<Self, BadQuery> {
        Query::parse(request.uri().query().map_or("", |query| query.as_str()), names)
    }

    /// Parses the query of a request.
    pub(super) fn parse(query: &str, names: &[&'static str]) -> Result<Self, BadQuery> {
        let mut found = BTreeMap::new();
        if query.split('&').count() > MAX_PARAMETERS {
            return Err(BadQuery::Unreadable);
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            let Some(name) = names.iter().find(|known| **known == name) else { continue };
            if found.insert(*name, decode(value)?).is_some() {
                return Err(BadQuery::Repeated);
            }
        }
        Ok(Query(found))
    }

    /// The names in a query that are not among `names`, for the log: those that cannot be read are left out.
    pub(super) fn unknown<'q>(
        query: &'q str,
        names: &'q [&'static str],
    ) -> impl Iterator<Item = String> + 'q {
        let written = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
        let names_in_query = written.filter_map(|name| decode(name).ok());
        names_in_query.filter(|name| !name.is_empty() && !names.contains(&name.as_str()))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn decode(text: &str) -> Result<String, BadQuery> {
    if text.len() > MAX_VALUE {
        return Err(BadQuery::Unreadable);
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| BadQuery::Unreadable)?;
    if decoded.chars().any(char::is_control) {
        return Err(BadQuery::Unreadable);
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["state", "code"];

    #[test]
    fn c09_a_parameter_may_stand_once() {
        assert_eq!(Query::parse("state=a&state=b", NAMES).err(), Some(BadQuery::Repeated));
        assert_eq!(Query::parse("state=a&st%61te=a", NAMES).err(), Some(BadQuery::Repeated));
        assert!(Query::parse("foo=a&foo=b&state=c", NAMES).is_ok());
    }

    #[test]
    fn names_that_are_not_known_are_told() {
        let unknown: Vec<String> = Query::unknown("state=a&x=1&%79=2&&=3&%ff=4&code", NAMES).collect();
        assert_eq!(unknown, ["x", "y"]);
    }

    #[test]
    fn c28_values_are_text_without_control_characters() {
        for bad in ["state=%00", "state=%0d%0a", "state=%ff", "state=%c0%af", "state=%7f"] {
            assert_eq!(Query::parse(bad, NAMES).err(), Some(BadQuery::Unreadable), "{bad}");
        }
        let long = format!("code={}", "a".repeat(65_536));
        assert_eq!(Query::parse(&long, NAMES).err(), Some(BadQuery::Unreadable));
        let mut good = Query::parse("state=a%20b+c&code", NAMES).expect("fine");
        assert_eq!(good.take("state").as_deref(), Some("a b c"));
        assert_eq!(good.take("code").as_deref(), Some(""));
    }
}
