//! Claims about a user, typed where Logto defines them.

mod linked;
mod reader;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use linked::{OrganizationData, SocialIdentity, SsoIdentity};
use reader::ClaimsReader;

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
    /// What the application keeps about the user at Logto; needs the `custom_data` scope. Like the next three, it is
    /// told by [`User::info`](crate::User::info), and by the ID token only where the tenant adds it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<Map<String, Value>>,
    /// The user's accounts at social connectors, by target (`github`, `google`); needs the `identities` scope.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub identities: BTreeMap<String, SocialIdentity>,
    /// The user's accounts at enterprise SSO connectors; needs the `identities` scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sso_identities: Vec<SsoIdentity>,
    /// The user's organizations by name. An organization *token* is the proof of membership, not this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organization_data: Vec<OrganizationData>,
    /// Every other claim, as it came. [`User::claims_as`](crate::User::claims_as) reads claims as a type of your own.
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
        let mut rest = ClaimsReader::new("", claims);
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
            custom_data: rest.object("custom_data"),
            identities: rest.entries("identities", SocialIdentity::read),
            sso_identities: rest.list("sso_identities", SsoIdentity::read),
            organization_data: rest.list("organization_data", OrganizationData::read),
            other: rest.into_rest(),
        }
    }

    /// What to call the user: the name, else the user name, else the e-mail address, else the id.
    #[must_use]
    pub fn display_name(&self) -> &str {
        [&self.name, &self.username, &self.email].into_iter().flatten().next().unwrap_or(&self.sub)
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
            "custom_data": { "plan": "gold" }, "identities": { "github": { "userId": "gh-1", "details": { "name": "x" } } },
            "sso_identities": [{ "issuer": "https://idp.example", "identityId": "42", "detail": { "name": "y" } }],
            "organization_data": [{ "id": "acme", "name": "Acme", "description": "Acme (lab)" }],
            "address": { "country": "FR", "lines": ["1 rue de Test", null] }, "updated_at": 1_795_861_122_092_i64,
        })
    }

    fn read(claims: &Value) -> UserClaims {
        serde_json::from_value(claims.clone()).expect("claims are an object")
    }

    const TYPED: [&str; 13] = [
        "name",
        "username",
        "picture",
        "email",
        "email_verified",
        "phone_number",
        "roles",
        "organizations",
        "organization_roles",
        "custom_data",
        "identities",
        "sso_identities",
        "organization_data",
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

    #[test]
    fn linked_accounts_and_organizations_are_typed() {
        let claims = read(&good());
        assert_eq!(claims.custom_data.as_ref().expect("custom data")["plan"], "gold");
        let github = &claims.identities["github"];
        assert_eq!(
            (github.user_id.as_str(), &github.details.as_ref().expect("details")["name"]),
            ("gh-1", &json!("x"))
        );
        let sso = &claims.sso_identities[0];
        assert_eq!((sso.issuer.as_str(), sso.identity_id.as_str()), ("https://idp.example", "42"));
        let acme = &claims.organization_data[0];
        assert_eq!((acme.id.as_str(), acme.name.as_str()), ("acme", "Acme"));
        assert_eq!(acme.description.as_deref(), Some("Acme (lab)"));
        // What is written is what Logto has sent.
        assert_eq!(serde_json::to_value(&claims).expect("JSON"), good());
    }

    #[test]
    fn a_malformed_entry_takes_no_other_with_it() {
        let claims = read(&json!({
            "sub": "u", "name": "Alice",
            "custom_data": ["not", "an", "object"],
            "identities": {
                "github": { "userId": "gh-1", "details": "odd", "added": 1 }, "nameless": { "details": {} },
                "google": null, "gitlab": { "userId": 7 }, "apple": { "userId": "a-1", "details": null },
            },
            "sso_identities": [
                7, { "issuer": "https://idp.example" }, { "issuer": "https://idp.example", "identityId": "42", "detail": [] },
            ],
            "organization_data": [
                { "id": "../etc", "name": "Evil" }, { "id": "acme", "name": 7, "description": null, "added": true }, null,
                { "name": "nobody's" }, { "id": "globex", "name": "Globex", "description": 1 },
            ],
        }));
        assert_eq!((claims.sub.as_str(), claims.name.as_deref()), ("u", Some("Alice")));
        assert_eq!(claims.custom_data, None);
        assert_eq!(claims.other["custom_data"], json!(["not", "an", "object"]));
        assert_eq!(claims.identities.keys().collect::<Vec<_>>(), ["apple", "github"]);
        let github = &claims.identities["github"];
        assert_eq!((github.user_id.as_str(), &github.details), ("gh-1", &None));
        assert_eq!((&github.other["details"], &github.other["added"]), (&json!("odd"), &json!(1)));
        assert_eq!(claims.sso_identities.len(), 1);
        assert_eq!(claims.sso_identities[0].detail, None);
        let organizations: Vec<_> =
            claims.organization_data.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
        assert_eq!(organizations, [("acme", ""), ("globex", "Globex")]);
        assert_eq!(claims.organization_data[0].other["added"], true);
        for empty in [
            json!({ "identities": {}, "sso_identities": [], "organization_data": [] }),
            json!({ "custom_data": null }),
        ] {
            assert_eq!(read(&empty), UserClaims::default(), "{empty}");
        }
    }
}
