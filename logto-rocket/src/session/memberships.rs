//! Organizations and the roles in them, small enough for a cookie.
//!
//! As claims, a user with twenty roles in each of a hundred organizations has two thousand texts, and each
//! repeats an organization's id and a role's name: fifty kilobytes. Told once each, it is three.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const ORGANIZATIONS: &str = "organizations";
const ROLES: &str = "organization_roles";

/// The claims `organizations` and `organization_roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memberships {
    /// The names of roles, each once.
    roles: Vec<String>,
    /// Each organization with its roles, as places in the list above.
    organizations: Vec<(String, Vec<u16>)>,
}

impl Memberships {
    /// Takes the two claims out. `None`, and everything stays, where they are not as Logto writes them.
    pub(super) fn take(claims: &mut Map<String, Value>) -> Option<Self> {
        let packed = Self::pack(claims)?;
        claims.remove(ORGANIZATIONS);
        claims.remove(ROLES);
        Some(packed)
    }

    fn pack(claims: &Map<String, Value>) -> Option<Self> {
        let ids = texts(claims.get(ORGANIZATIONS)?)?;
        let pairs = texts(claims.get(ROLES)?)?;
        let mut packed = Memberships { roles: Vec::new(), organizations: Vec::new() };
        let (mut locator_of, mut index_of) = (HashMap::new(), HashMap::new());
        for id in ids {
            if id.contains(':') || locator_of.insert(id, packed.organizations.len()).is_some() {
                return None;
            }
            packed.organizations.push((id.to_owned(), Vec::new()));
        }
        for pair in pairs {
            let (id, role) = pair.split_once(':')?;
            let locator = *locator_of.get(id)?;
            let index = match index_of.get(role) {
                Some(index) => *index,
                None => {
                    let index = u16::try_from(packed.roles.len()).ok()?;
                    packed.roles.push(role.to_owned());
                    index_of.insert(role, index);
                    index
                }
            };
            packed.organizations[locator].1.push(index);
        }
        Some(packed)
    }

    /// Puts the two claims back. The roles stand in the order of their organizations.
    pub(super) fn put(self, claims: &mut Map<String, Value>) {
        let pairs = self.organizations.iter().flat_map(|(id, roles)| {
            roles
                .iter()
                .filter_map(|index| self.roles.get(usize::from(*index)))
                .map(move |role| format!("{id}:{role}"))
        });
        let pairs: Vec<Value> = pairs.map(Value::from).collect();
        let ids: Vec<Value> = self.organizations.iter().map(|(id, _)| Value::from(id.as_str())).collect();
        claims.insert(ORGANIZATIONS.to_owned(), Value::from(ids));
        claims.insert(ROLES.to_owned(), Value::from(pairs));
    }
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn d24_what_was_taken_out_comes_back() {
        let claims = object(json!({
            "name": "Alice",
            "organizations": ["acme", "globex", "empty"],
            "organization_roles": ["acme:admin", "acme:member", "globex:member", "globex:a:colon"],
        }));
        let mut rest = claims.clone();
        let taken = Memberships::take(&mut rest).expect("as Logto writes them");
        assert_eq!(rest.keys().collect::<Vec<_>>(), ["name"]);
        taken.put(&mut rest);
        assert_eq!(rest, claims);
    }

    #[test]
    fn claims_of_another_shape_stay_as_they_are() {
        for odd in [
            json!({"organizations": ["acme"]}),
            json!({"organization_roles": []}),
            json!({"organizations": null, "organization_roles": []}),
            json!({"organizations": ["acme"], "organization_roles": ["acme"]}),
            json!({"organizations": ["acme"], "organization_roles": ["globex:admin"]}),
            json!({"organizations": ["acme", "acme"], "organization_roles": []}),
            json!({"organizations": ["acme", 1], "organization_roles": []}),
        ] {
            let claims = object(odd);
            let mut rest = claims.clone();
            assert_eq!(Memberships::take(&mut rest), None, "{claims:?}");
            assert_eq!(rest, claims);
        }
    }
}
