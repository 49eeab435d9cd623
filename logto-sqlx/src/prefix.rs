//! What the names of the tables begin with.

use std::fmt;

use logto_rocket::store::StoreError;

/// The longest prefix: PostgreSQL cuts names off after 63 bytes, and the longest name adds 16.
const LONGEST: usize = 40;

/// A checked prefix. It stands in the text of statements, so it holds nothing but characters of identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(String);

impl Prefix {
    pub(crate) fn new(prefix: &str) -> Result<Self, StoreError> {
        let begins = prefix.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let identifier = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        // Both databases keep names that begin like this for themselves.
        let reserved = prefix.starts_with("sqlite_") || prefix.starts_with("pg_");
        if begins && !reserved && prefix.len() <= LONGEST && prefix.chars().all(identifier) {
            Ok(Prefix(prefix.to_owned()))
        } else {
            Err(StoreError::new(
                "the prefix of the tables must be 1 to 40 lowercase letters, digits and underscores, must not begin \
                 with a digit, and not with `sqlite_` or `pg_`",
            ))
        }
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Prefix("logto_".to_owned())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_the_beginning_of_an_identifier() {
        for prefix in ["logto_", "shop", "_", "a1_", &"a".repeat(40)] {
            assert_eq!(Prefix::new(prefix).expect(prefix).to_string(), prefix);
        }
        for prefix in [
            "",
            "1a",
            "Shop_",
            "shop-",
            "shop.",
            "shop ",
            "shop;",
            "shop\"",
            "shop'; DROP TABLE logto_sessions; --",
            "shöp",
            "shop\0",
            "sqlite_shop",
            "pg_shop",
            &"a".repeat(41),
        ] {
            let error = Prefix::new(prefix).expect_err(prefix).to_string();
            assert!(error.contains("the prefix of the tables must be"), "{error}");
            assert!(prefix.len() < 4 || !error.contains(prefix) || prefix.ends_with("shop"), "{error}");
        }
    }

    #[test]
    fn the_longest_name_fits() {
        assert!(LONGEST + "sessions_subject".len() <= 63);
    }
}
