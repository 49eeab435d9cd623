//! The profile, and changes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::body::read;
use super::error::AccountError;
use super::model::LinkedIdentity;
use super::session::millis;

/// A user's account, as they see it themselves.
///
/// Logto leaves out what the scopes of the sign-in or the settings of the account center hide, and sends `null` for what
/// is not set. Both are `None` here.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountProfile {
    /// Logto's id of the user (`sub`).
    pub id: String,
    /// The username; needs the scope `profile`, as all members without another scope do.
    #[serde(default)]
    pub username: Option<String>,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The URL of the picture.
    #[serde(default)]
    pub avatar: Option<String>,
    /// The e-mail address; needs the scope `email`.
    #[serde(default)]
    pub primary_email: Option<String>,
    /// The phone number, in digits without a plus sign; needs the scope `phone`.
    #[serde(default)]
    pub primary_phone: Option<String>,
    /// The other members of the profile. The address needs the scope `address`.
    #[serde(default, deserialize_with = "or_default")]
    pub profile: ProfileMembers,
    /// Custom data; needs the scope `custom_data`.
    #[serde(default)]
    pub custom_data: Option<Map<String, Value>>,
    #[serde(default)]
    identities: Option<BTreeMap<String, WireIdentity>>,
    /// Whether the user has a password.
    #[serde(default)]
    pub has_password: Option<bool>,
    /// Whether the user can confirm who they are: by a password, an e-mail address or a phone number.
    #[serde(default)]
    pub has_security_verification_method: bool,
    #[serde(default)]
    created_at: Option<f64>,
    #[serde(default)]
    last_sign_in_at: Option<f64>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireIdentity {
    user_id: String,
    #[serde(default)]
    details: Option<Map<String, Value>>,
}

impl AccountProfile {
    /// The profile in a response.
    pub(crate) fn in_body(body: &[u8]) -> Result<Self, AccountError> {
        read(body)
    }

    /// When the account was created.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created_at.map(millis)
    }

    /// When the user last signed in.
    #[must_use]
    pub fn last_sign_in_at(&self) -> Option<SystemTime> {
        self.last_sign_in_at.map(millis)
    }

    /// The accounts at identity providers that the user can sign in with. `None` without the scope `identities`, or where
    /// the account center hides them.
    #[must_use]
    pub fn identities(&self) -> Option<Vec<LinkedIdentity>> {
        let identities = self.identities.as_ref()?.iter();
        let linked = |(target, identity): (&String, &WireIdentity)| LinkedIdentity {
            target: target.clone(),
            user_id: identity.user_id.clone(),
            details: identity.details.clone().unwrap_or_default(),
        };
        Some(identities.map(linked).collect())
    }
}

/// The profile is personal data, and what an identity provider has said may contain tokens.
impl fmt::Debug for AccountProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountProfile").field("id", &self.id).finish_non_exhaustive()
    }
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The members of a profile that OpenID Connect knows as standard claims.
///
/// As a change ([`Account::update_profile`](crate::Account::update_profile)), `None` leaves a member as it is, and an
/// empty text clears it. The address is replaced as a whole.
///
/// ```
/// use logto_rocket::ProfileMembers;
///
/// let mut change = ProfileMembers::default();
/// change.given_name = Some("Alice".to_owned());
/// change.nickname = Some(String::new()); // cleared
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ProfileMembers {
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The middle name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// The nickname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// How the user wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The URL of a page about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The URL of the user's website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// The time zone, such as `Europe/Paris`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// The language, such as `fr-FR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The postal address; needs the scope `address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
}

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PostalAddress {
    /// The whole address, as on a letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// The street and the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// The state or the province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl ProfileMembers {
    /// The members in a response.
    pub(crate) fn in_body(body: &[u8]) -> Result<Self, AccountError> {
        read(body)
    }

    /// What is to change.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            // A struct of texts is always written as an object.
            _ => Map::new(),
        }
    }
}

/// A change of the name, the picture or the custom data, for [`Account::update`](crate::Account::update).
///
/// ```
/// use logto_rocket::AccountUpdate;
///
/// let update = AccountUpdate::new().name("Alice").without_avatar();
/// # let _ = update;
/// ```
#[derive(Clone, Default)]
#[must_use = "a change is made by `Account::update`"]
pub struct AccountUpdate {
    members: Map<String, Value>,
}

impl AccountUpdate {
    /// Changes nothing yet.
    pub fn new() -> Self {
        AccountUpdate::default()
    }

    /// Sets the name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set("name", name.into().into())
    }

    /// Removes the name.
    pub fn without_name(self) -> Self {
        self.set("name", Value::Null)
    }

    /// Sets the URL of the picture.
    pub fn avatar(self, url: impl Into<String>) -> Self {
        self.set("avatar", url.into().into())
    }

    /// Removes the picture.
    pub fn without_avatar(self) -> Self {
        self.set("avatar", Value::Null)
    }

    /// **Replaces** the custom data as a whole; needs the scope `custom_data`. Other members of it are lost unless they
    /// are in `data`.
    pub fn custom_data(self, data: Map<String, Value>) -> Self {
        self.set("customData", Value::Object(data))
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn touches_custom_data(&self) -> bool {
        self.members.contains_key("customData")
    }

    pub(crate) fn touches_profile(&self) -> bool {
        self.members.keys().any(|name| name != "customData")
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        self.members.clone()
    }
}

impl fmt::Debug for AccountUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.members.keys().collect();
        f.debug_struct("AccountUpdate").field("members", &names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_whatever_is_left_out() {
        let body =
            br#"{"id":"v0","username":"tmp","primaryEmail":"a@example.com","primaryPhone":null,"name":null,
            "avatar":"https://example.com/a.png","customData":{"theme":"dark"},
            "identities":{"github":{"userId":"gh-1","details":{"rawData":{"access_token":"hush-hush"}}}},
            "lastSignInAt":1795861222587,"createdAt":1795861219885,"updatedAt":1795861226126,
            "profile":{"familyName":"Person","givenName":"","address":{"locality":"Delft"},"new":1},
            "applicationId":"app","cimdClientId":null,"isSuspended":false,"hasPassword":true,
            "hasSecurityVerificationMethod":true,"added":{}}"#;
        let profile = AccountProfile::in_body(body).expect("a profile");
        assert_eq!(profile.profile.family_name.as_deref(), Some("Person"));
        let address = profile.profile.address.as_ref().expect("an address");
        assert_eq!(address.locality.as_deref(), Some("Delft"));
        let identities = profile.identities().expect("identities");
        assert_eq!((identities[0].target.as_str(), identities[0].user_id.as_str()), ("github", "gh-1"));
        assert!(!format!("{profile:?} {identities:?}").contains("hush-hush"));
        assert!(profile.created_at() < profile.last_sign_in_at());

        let body = br#"{"id":"v0","hasSecurityVerificationMethod":true}"#;
        let profile = AccountProfile::in_body(body).expect("a profile");
        assert!(profile.identities().is_none() && profile.has_password.is_none());
        let body = br#"{"id":"v0","profile":null,"identities":null,"customData":null}"#;
        assert!(AccountProfile::in_body(body).is_ok());
        for bad in [&b"{}"[..], b"[]", br#"{"id":7}"#, br#"{"id":"v0","name":{}}"#] {
            assert_eq!(AccountProfile::in_body(bad).expect_err("bad").code(), "logto_unavailable");
        }
    }

    #[test]
    fn a_change_says_only_what_changes() {
        let update = AccountUpdate::new().name("Alice").without_avatar();
        assert_eq!(Value::Object(update.to_json()).to_string(), r#"{"avatar":null,"name":"Alice"}"#);
        assert!(update.touches_profile() && !update.touches_custom_data());
        assert!(!format!("{update:?}").contains("Alice"));
        let members = ProfileMembers { given_name: Some(String::new()), ..ProfileMembers::default() };
        assert_eq!(Value::Object(members.to_json()).to_string(), r#"{"givenName":""}"#);
    }
}
