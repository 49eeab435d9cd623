//! The `Cookie` header, as RFC 6265bis writes it.

/// The pairs of a `Cookie` header, in order. Space and tab around a pair are trimmed (RFC 6265bis §5.8.3 and its `OWS`)
/// and nothing else: whatever Unicode calls white space besides is part of a name, and a name that begins with it is
/// none that `__Host-` protects, so another host may set it.
pub(crate) fn cookie_pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(header: &str) -> Vec<(&str, &str)> {
        cookie_pairs(header).collect()
    }

    #[test]
    fn field_01_space_and_tab_are_trimmed_and_nothing_else() {
        assert_eq!(pairs("a=b; \tc=d \t;e=f"), [("a", "b"), ("c", "d"), ("e", "f")]);
        for space in
            ['\u{b}', '\u{c}', '\r', '\n', '\u{85}', '\u{a0}', '\u{2000}', '\u{3000}', '\u{feff}', '\0']
        {
            let header = format!("{space}a=b; a{space}=b; a={space}b{space}");
            let expected = [
                (format!("{space}a"), "b".to_owned()),
                (format!("a{space}"), "b".to_owned()),
                ("a".to_owned(), format!("{space}b{space}")),
            ];
            let found: Vec<_> =
                pairs(&header).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(found, expected, "{space:?}");
        }
    }

    #[test]
    fn field_01_names_and_values_stand_as_they_came() {
        assert_eq!(
            pairs("a=b=c; =a=b; a; ; a =b; a= b"),
            [("a", "b=c"), ("", "a=b"), ("a ", "b"), ("a", " b")]
        );
        assert_eq!(pairs("\"a=b\"; %61=b; A=b"), [("\"a", "b\""), ("%61", "b"), ("A", "b")]);
    }
}
