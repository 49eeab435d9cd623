//! What a user is linked to: accounts at social and enterprise connectors, and organizations.

use serde::Serialize;
use serde_json::{Map, Value};

use super::reader::ClaimsReader;
use crate::types::OrganizationId;

/// A user's account at a social connector, as in the claim `identities`.
///
/// ```
/// use logto_rocket::UserClaims;
///
/// let claims: UserClaims = serde_json::from_str(
///     r#"{ "sub": "u", "identities": { "github": { "userId": "583231", "details": { "name": "Octocat" } } } }"#,
/// )
/// .unwrap();
/// assert_eq!(claims.identities["github"].user_id, "583231");
/// assert_eq!(claims.identities["github"].details.as_ref().unwrap()["name"], "Octocat");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SocialIdentity {
    /// The provider's id of the user.
    pub user_id: String,
    /// What the provider has told about the user, such as `name`, `email` and `avatar`. Logto keeps the provider's own
    /// response in `rawData`, which may contain tokens: do not show or log it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Map<String, Value>>,
    /// Every other member, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl SocialIdentity {
    /// An account without an id is none.
    pub(super) fn read(mut members: ClaimsReader) -> Option<Self> {
        Some(SocialIdentity {
            user_id: members.text("userId")?,
            details: members.object("details"),
            other: members.into_rest(),
        })
    }
}

/// A user's account at an enterprise SSO connector, as in the claim `sso_identities`.
///
/// ```
/// use logto_rocket::UserClaims;
///
/// let claims: UserClaims = serde_json::from_str(
///     r#"{ "sub": "u", "sso_identities": [{ "issuer": "https://idp.example", "identityId": "42", "detail": {} }] }"#,
/// )
/// .unwrap();
/// assert_eq!(claims.sso_identities[0].identity_id, "42");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SsoIdentity {
    /// The identity provider.
    pub issuer: String,
    /// The provider's id of the user.
    pub identity_id: String,
    /// What the provider has told about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Map<String, Value>>,
    /// Every other member, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl SsoIdentity {
    /// The issuer and the id name an account together; one alone does not.
    pub(super) fn read(mut members: ClaimsReader) -> Option<Self> {
        Some(SsoIdentity {
            issuer: members.text("issuer")?,
            identity_id: members.text("identityId")?,
            detail: members.object("detail"),
            other: members.into_rest(),
        })
    }
}

/// An organization of a user, as in the claim `organization_data`.
///
/// ```
/// use logto_rocket::UserClaims;
///
/// let claims: UserClaims = serde_json::from_str(
///     r#"{ "sub": "u", "organization_data": [{ "id": "7wvvh86x5bl0", "name": "Acme", "description": null }] }"#,
/// )
/// .unwrap();
/// let acme = &claims.organization_data[0];
/// assert_eq!((acme.id.as_str(), acme.name.as_str()), ("7wvvh86x5bl0", "Acme"));
/// assert_eq!(acme.description, None);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrganizationData {
    /// Its id, which [`User::switch_organization`](crate::User::switch_organization) takes.
    pub id: OrganizationId,
    /// Its name; empty where none is told.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is about, in its administrators' words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Every other member, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl OrganizationData {
    /// An organization without an id is none.
    pub(super) fn read(mut members: ClaimsReader) -> Option<Self> {
        Some(OrganizationData {
            id: OrganizationId::new(&members.text("id")?)?,
            name: members.text("name").unwrap_or_default(),
            description: members.text("description"),
            other: members.into_rest(),
        })
    }
}
