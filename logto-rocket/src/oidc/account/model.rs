//! Grants, identities and the tokens of identity providers.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::{malformed, read};
use super::error::AccountError;
use super::session::millis;
use crate::clock::UnixTime;
use crate::types::{Scopes, Secret};

/// What the user has granted to an application. Its tokens end with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountGrant {
    /// Its id, fit for a form's field.
    pub id: String,
    /// The application's id.
    pub application_id: String,
    /// The application's name.
    pub application_name: Option<String>,
    /// The scopes of OpenID Connect in it.
    pub scopes: Scopes,
    /// When it was given.
    pub created_at: Option<SystemTime>,
    /// When it expires.
    pub expires_at: Option<SystemTime>,
}

#[derive(Deserialize)]
struct ListedGrants {
    grants: Vec<WireGrant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireGrant {
    id: String,
    payload: GrantPayload,
    expires_at: Option<f64>,
    application: Option<GrantApplication>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantPayload {
    client_id: String,
    iat: Option<i64>,
    openid: Option<GrantScope>,
}

#[derive(Deserialize)]
struct GrantScope {
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
struct GrantApplication {
    name: Option<String>,
}

/// The grants in a response.
pub(crate) fn grants_in(body: &[u8]) -> Result<Vec<AccountGrant>, AccountError> {
    let ListedGrants { grants } = read(body)?;
    Ok(grants.into_iter().map(AccountGrant::from).collect())
}

impl From<WireGrant> for AccountGrant {
    fn from(wire: WireGrant) -> Self {
        AccountGrant {
            id: wire.id,
            application_id: wire.payload.client_id,
            application_name: wire.application.and_then(|application| application.name),
            scopes: wire.payload.openid.map(|openid| Scopes::parse(&openid.scope)).unwrap_or_default(),
            created_at: wire.payload.iat.map(|seconds| UnixTime(seconds).to_system_time()),
            expires_at: wire.expires_at.map(millis),
        }
    }
}

/// An account at an identity provider that the user can sign in with.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct LinkedIdentity {
    /// The provider: the target of the social connector, such as `github`.
    pub target: String,
    /// The user's id at the provider.
    pub user_id: String,
    /// What the provider says of the user. A provider may put tokens among it: do not show it as a whole.
    pub details: Map<String, Value>,
}

impl fmt::Debug for LinkedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkedIdentity").field("target", &self.target).finish_non_exhaustive()
    }
}

/// An access token of an identity provider, from Logto's secret vault, for calls to the provider's own API.
///
/// Logto renews it where the provider gave a refresh token. Ask for it each time instead of keeping it.
#[derive(Clone)]
pub struct ProviderToken {
    secret: Secret,
    scope: Option<String>,
    token_type: Option<String>,
    expires: Option<UnixTime>,
}

impl ProviderToken {
    /// The token itself, to be sent to the provider as `Authorization: Bearer …`. Keep it out of logs.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// What it allows, in the words of the provider: some separate scopes by spaces and some by commas.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Its type, usually `Bearer`, where the provider has told it.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    /// When it expires, where the provider has told it.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires.map(UnixTime::to_system_time)
    }
}

impl fmt::Debug for ProviderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderToken")
            .field("scope", &self.scope)
            .field("expires", &self.expires_at())
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct WireToken {
    access_token: Secret,
    scope: Option<String>,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

/// The token in a response that arrived at `now`.
pub(crate) fn provider_token_in(body: &[u8], now: UnixTime) -> Result<ProviderToken, AccountError> {
    let token: WireToken = read(body)?;
    if token.access_token.expose().is_empty() {
        return Err(malformed("its `access_token` is empty"));
    }
    let life = token.expires_in.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
    Ok(ProviderToken {
        secret: token.access_token,
        scope: token.scope,
        token_type: token.token_type,
        expires: life.map(|life| now.plus(life)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_from_what_logto_sends() {
        let body = br#"{"grants":[{"id":"q49J","payload":{"exp":1811413222,"iat":1795861222,"jti":"q49J",
            "kind":"Grant","clientId":"app","accountId":"u","openid":{"scope":"openid profile"}},
            "expiresAt":1811413222673,"application":{"id":"app","name":"Third"}},
            {"id":"x","payload":{"clientId":"gone"}}]}"#;
        let grants = grants_in(body).expect("grants");
        assert_eq!(grants[0].application_name.as_deref(), Some("Third"));
        assert_eq!(grants[0].scopes.to_string(), "openid profile");
        assert_eq!(grants[0].expires_at, Some(UnixTime(1_811_413_222).to_system_time()));
        assert!(grants[1].scopes.is_empty() && grants[1].created_at.is_none());
    }

    #[test]
    fn a_providers_token_is_read_with_and_without_its_terms() {
        let body = br#"{"access_token":"gho_secret","scope":"repo","token_type":"Bearer","expires_in":3600}"#;
        let token = provider_token_in(body, UnixTime(100)).expect("a token");
        assert_eq!(
            (token.secret(), token.scope(), token.token_type()),
            ("gho_secret", Some("repo"), Some("Bearer"))
        );
        assert_eq!(token.expires_at(), Some(UnixTime(3700).to_system_time()));
        assert!(!format!("{token:?}").contains("gho_secret"));
        let token = provider_token_in(br#"{"access_token":"x"}"#, UnixTime(0)).expect("a token");
        assert_eq!((token.scope(), token.expires_at()), (None, None));
        for bad in [&b"{}"[..], br#"{"access_token":""}"#, br#"{"access_token":7}"#, b""] {
            assert!(provider_token_in(bad, UnixTime(0)).is_err());
        }
        let odd = br#"{"access_token":"x","expires_in":-5}"#;
        assert!(provider_token_in(odd, UnixTime(9)).expect("a token").expires_at().is_some());
    }
}
