//! Claims about a user, typed where Logto defines them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What the ID token or the userinfo endpoint says of a user. Logto sends `null` for much that is
/// unset; here that is `None`.
///
/// Each claim is read for itself: one that is not of its type, such as a tenant's custom claims may make it, is
/// found in [`other`](Self::other) as it came, and takes no other claim with it.
///
/// ```
/// use logto_rocket::UserClaims;
///
/// let claims: UserClaims =
///     serde_json::from_str(r#"{ "sub": "u", "name": "Alice", "email_verified": "true" }"#).unwrap();
/// assert_eq!(claims.display_name(), "Alice");
/// assert_eq!(claims.email_verified, None);
/// assert_eq!(claims.other["email_verified"], "true");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UserClaims {
    /// Logto's id of the user.
    pub sub: String,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// User name, unique in the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// URL of a portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// E-mail address; needs the `email` scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address was verified. `None` where that is told as anything but `true` or `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Phone number without a plus sign; needs the `phone` scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Names of the user's roles, as of the last refresh; needs the `roles` scope. The keys `roles` and `any_role`
    /// of the attributes see to it that they are no older than the setting `authorization_max_age` allows; nothing
    /// does so here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Ids of the user's organizations, as of the last refresh. An organization *token* is the proof
    /// of membership, not this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organizations: Vec<String>,
    /// `<organization id>:<role name>`, as of the last refresh.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organization_roles: Vec<String>,
    /// Every other claim, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl<'de> Deserialize<'de> for UserClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(UserClaims::read)
    }
}

impl UserClaims {
    /// Takes every claim of its type out, and leaves the rest as it is.
    pub(crate) fn read(claims: Map<String, Value>) -> Self {
        let mut rest = Claims(claims);
        UserClaims {
            sub: rest.text("sub").unwrap_or_default(),
            name: rest.text("name"),
            username: rest.text("username"),
            picture: rest.text("picture"),
            email: rest.text("email"),
            email_verified: rest.truth("email_verified"),
            phone_number: rest.text("phone_number"),
            roles: rest.texts("roles"),
            organizations: rest.texts("organizations"),
            organization_roles: rest.texts("organization_roles"),
            other: rest.0,
        }
    }

    /// What to call the user: the name, else the user name, else the e-mail address, else the id.
    #[must_use]
    pub fn display_name(&self) -> &str {
        [&self.name, &self.username, &self.email].into_iter().flatten().next().unwrap_or(&self.sub)
    }
}

/// Claims that were not read yet.
struct Claims(Map<String, Value>);

impl Claims {
    /// What `read` makes of a claim. `null` is no claim; what is not of the type stays.
    fn take<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: impl Fn(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let value = self.0.remove(name)?;
        if value.is_null() {
            return None;
        }
        match read(value) {
            Ok(read) => Some(read),
            Err(value) => {
                warn_once(name, kind);
                self.0.insert(name.to_owned(), value);
                None
            }
        }
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        self.take(name, "a text", |value| match value {
            Value::String(text) => Ok(text),
            odd => Err(odd),
        })
    }

    fn truth(&mut self, name: &'static str) -> Option<bool> {
        self.take(name, "true or false", |value| match value {
            Value::Bool(truth) => Ok(truth),
            odd => Err(odd),
        })
    }

    /// Of a list those that are texts: one that is none takes no other with it.
    fn texts(&mut self, name: &'static str) -> Vec<String> {
        let kind = "a list of texts";
        let texts = self.take(name, kind, |value| match value {
            Value::Array(values) => {
                let count = values.len();
                let text = |value| if let Value::String(text) = value { Some(text) } else { None };
                let texts: Vec<String> = values.into_iter().filter_map(text).collect();
                if texts.len() < count {
                    warn_once(name, kind);
                }
                Ok(texts)
            }
            odd => Err(odd),
        });
        texts.unwrap_or_default()
    }
}

/// Once for each claim: it comes again with every request. The value is a user's, and stays out of the log.
fn warn_once(name: &'static str, kind: &str) {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(name) {
        tracing::warn!(target: "logto", claim = name, "the claim `{name}` is not {kind}, so it is missing in the typed claims; check the tenant's custom claims");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "sub": "u", "name": "Alice Example", "username": "alice", "picture": "https://example.com/a.png",
            "email": "alice@example.com", "email_verified": true, "phone_number": "12025550101",
            "roles": ["shop-user"], "organizations": ["acme"], "organization_roles": ["acme:admin"],
            "address": { "country": "FR", "lines": ["1 rue de Test", null] }, "updated_at": 1_795_861_122_092_i64,
        })
    }

    fn read(claims: &Value) -> UserClaims {
        serde_json::from_value(claims.clone()).expect("claims are an object")
    }

    const TYPED: [&str; 9] = [
        "name",
        "username",
        "picture",
        "email",
        "email_verified",
        "phone_number",
        "roles",
        "organizations",
        "organization_roles",
    ];

    #[test]
    fn field_17_each_claim_is_read_for_itself() {
        let all = read(&good());
        assert_eq!(all.other.keys().collect::<Vec<_>>(), ["address", "updated_at"]);
        for odd in
            [json!("true"), json!(1), json!(-1.5), json!(true), json!({ "a": 1 }), json!([7]), json!("")]
        {
            for name in TYPED {
                let mut claims = good();
                claims[name] = odd.clone();
                let read = read(&claims);
                assert_eq!(read.sub, "u");
                // Every other one is as it was.
                let (mut told, mut expected) =
                    (serde_json::to_value(&read).expect("JSON"), serde_json::to_value(&all).expect("JSON"));
                told.as_object_mut().expect("object").remove(name);
                expected.as_object_mut().expect("object").remove(name);
                assert_eq!(told, expected, "{name}: {odd}");
            }
        }
    }

    #[test]
    fn field_17_what_does_not_fit_is_found_as_it_came() {
        let mut claims = good();
        claims["email_verified"] = json!("true");
        claims["name"] = json!({ "first": "Alice" });
        claims["roles"] = json!("admin");
        let read = read(&claims);
        assert_eq!((read.email_verified, read.name.as_deref(), read.roles.len()), (None, None, 0));
        assert_eq!(read.display_name(), "alice");
        for name in ["email_verified", "name", "roles"] {
            assert_eq!(read.other[name], claims[name], "{name}");
        }
        let again: UserClaims =
            serde_json::from_value(serde_json::to_value(&read).expect("JSON")).expect("claims");
        assert_eq!(again, read);
    }

    #[test]
    fn field_17_nulls_and_parts_of_lists() {
        let mut claims = good();
        for name in TYPED {
            claims[name] = Value::Null;
        }
        let nulls = read(&claims);
        assert_eq!((nulls.name, nulls.email_verified, nulls.roles.len()), (None, None, 0));
        assert_eq!(nulls.other.len(), 2, "a null is no claim");
        claims["roles"] = json!(["a", 7, null, "b", ["c"]]);
        assert_eq!(read(&claims).roles, ["a", "b"]);
        claims["sub"] = json!(7);
        assert_eq!(read(&claims).display_name(), "", "nobody is called by a number");
        assert!(serde_json::from_value::<UserClaims>(json!([1])).is_err());
        assert_eq!(read(&json!({})), UserClaims::default());
    }
}
