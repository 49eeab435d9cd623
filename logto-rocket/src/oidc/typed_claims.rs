//! Claims as a type of the application's own.

use std::any::type_name;
use std::fmt::Write;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::error::{ClaimsSource, Error, InvalidClaim};

/// Reads `claims` as a `T`.
///
/// # Errors
///
/// [`Error::InvalidClaim`] with the name of the claim that does not fit.
pub(crate) fn typed_claims<T: DeserializeOwned>(
    claims: &Map<String, Value>,
    source: ClaimsSource,
) -> Result<T, Error> {
    type Failure = serde_path_to_error::Error<serde_json::Error>;
    serde_path_to_error::deserialize(claims).map_err(|error: Failure| {
        let mut at = ClaimPath::of(error.path(), claims);
        let mut found = Some(at.found.map_or("an object", kind_of));
        // The text about a missing member contains its name alone; other texts may contain values.
        if let Some(missing) = missing_member(&error.inner().to_string()) {
            at.enter(missing);
            found = None;
        }
        Error::InvalidClaim(InvalidClaim::new(&at.name, source, found, type_name::<T>()))
    })
}

/// The claim, or the member of one, that could not be read.
struct ClaimPath<'c> {
    name: String,
    /// The innermost value on the way that is there.
    found: Option<&'c Value>,
}

impl<'c> ClaimPath<'c> {
    fn of(path: &Path, claims: &'c Map<String, Value>) -> Self {
        let mut at = ClaimPath { name: String::new(), found: None };
        for segment in path {
            let below = match segment {
                Segment::Seq { index } => {
                    let _ = write!(at.name, "[{index}]");
                    at.found.and_then(|value| value.get(index))
                }
                Segment::Map { key: member } | Segment::Enum { variant: member } => {
                    let is_claim = at.name.is_empty();
                    at.enter(member);
                    if is_claim { claims.get(member) } else { at.found.and_then(|value| value.get(member)) }
                }
                Segment::Unknown => break,
            };
            at.found = below.or(at.found);
        }
        at
    }

    fn enter(&mut self, member: &str) {
        if !self.name.is_empty() {
            self.name.push('.');
        }
        self.name.push_str(member);
    }
}

/// The member in serde's text about a missing one.
fn missing_member(text: &str) -> Option<&str> {
    text.strip_prefix("missing field `")?.split('`').next()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "a null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Tier {
        Free,
        Gold,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Plan {
        tier: Tier,
        seats: u8,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Custom {
        plan: Plan,
        note: Option<String>,
    }

    fn read(claims: Value) -> Result<Custom, InvalidClaim> {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        typed_claims(&claims, ClaimsSource::AccessToken).map_err(|error| match error {
            Error::InvalidClaim(invalid) => invalid,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn claims_that_fit_are_read_and_others_are_ignored() {
        let claims =
            json!({ "sub": "u", "plan": { "tier": "gold", "seats": 5, "since": 2024 }, "note": null });
        let plan = Plan { tier: Tier::Gold, seats: 5, tags: Vec::new() };
        assert_eq!(read(claims), Ok(Custom { plan, note: None }));
    }

    #[test]
    fn a_claim_that_does_not_fit_is_named_and_its_value_is_not() {
        let plan = |plan: Value| json!({ "plan": plan });
        for (claims, name, found) in [
            (json!({}), "plan", None),
            (plan(Value::Null), "plan", Some("a null")),
            (plan(json!("secret")), "plan", Some("a string")),
            (plan(json!({ "tier": "gold" })), "plan.seats", None),
            (plan(json!({ "tier": "gold", "seats": "secret" })), "plan.seats", Some("a string")),
            (plan(json!({ "tier": "gold", "seats": 256 })), "plan.seats", Some("a number")),
            (plan(json!({ "tier": "gold", "seats": -1 })), "plan.seats", Some("a number")),
            (plan(json!({ "tier": "secret", "seats": 1 })), "plan.tier", Some("a string")),
            (plan(json!({ "tier": { "secret": 1 }, "seats": 1 })), "plan.tier", Some("an object")),
            (
                plan(json!({ "tier": "free", "seats": 1, "tags": ["a", ["secret"]] })),
                "plan.tags[1]",
                Some("an array"),
            ),
            (json!({ "plan": { "tier": "free", "seats": 1 }, "note": true }), "note", Some("a boolean")),
        ] {
            let invalid = read(claims.clone()).expect_err("it does not fit");
            assert_eq!(invalid.claim(), name, "{claims}");
            assert_eq!(invalid.is_missing(), found.is_none(), "{claims}");
            let text = Error::from(invalid.clone()).to_string();
            assert!(text.contains(&format!("`{name}`")) && text.contains("Custom`"), "{text}");
            assert!(found.is_none_or(|found| text.contains(found)), "{text}");
            assert!(!text.contains("secret") && !format!("{invalid:?}").contains("secret"), "{text}");
        }
    }

    #[test]
    fn types_that_hide_where_they_fail_are_an_error_all_the_same() {
        #[derive(Debug, Deserialize)]
        #[serde(untagged)]
        #[allow(dead_code, reason = "it is never read")]
        enum Either {
            Number(u64),
            List(Vec<u64>),
        }
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "it is never read")]
        struct Hidden {
            either: Either,
        }
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "it is never read")]
        struct Flat {
            #[serde(flatten)]
            inner: Custom,
        }
        let claims = json!({ "either": "secret", "plan": "secret" });
        let claims = claims.as_object().expect("an object");
        let of = |error: Error| error.to_string();
        let hidden =
            typed_claims::<Hidden>(claims, ClaimsSource::IdToken).map_err(of).expect_err("no number");
        assert!(hidden.contains("`either` of the ID token is a string"), "{hidden}");
        let flat = typed_claims::<Flat>(claims, ClaimsSource::UserInfo).map_err(of).expect_err("no plan");
        assert!(flat.contains("userinfo response") && !flat.contains("secret"), "{flat}");
        assert!(typed_claims::<Vec<u8>>(claims, ClaimsSource::IdToken).is_err());
        assert!(typed_claims::<Map<String, Value>>(claims, ClaimsSource::IdToken).is_ok());
    }
}
