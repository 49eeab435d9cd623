//! The verified token by which a caller was admitted, for those who ask for its claims.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bearer::AccessTokenClaims;
use crate::error::{ClaimsSource, Error};
use crate::oidc::typed_claims;
use crate::session::TokenTarget;
use crate::types::Scopes;

/// Where the claims of a caller come from.
#[derive(Clone)]
pub(super) enum VerifiedToken {
    /// The bearer token of the request.
    Bearer(Arc<AccessTokenClaims>),
    /// The session's access token for `target`; without one, its ID token.
    Session { tokens: Arc<dyn SessionTokens>, target: Option<TokenTarget> },
}

/// The tokens of a session.
pub(super) trait SessionTokens: Send + Sync {
    /// The claims of the access token for `target`, or those of the ID token.
    fn claims<'a>(&'a self, target: Option<&'a TokenTarget>) -> SessionClaims<'a>;
}

/// The claims, and the scopes where it is an access token.
pub(super) type SessionClaims<'a> =
    Pin<Box<dyn Future<Output = Result<(Map<String, Value>, Option<Scopes>), Error>> + Send + 'a>>;

/// The claims of the token.
pub(super) struct VerifiedClaims {
    claims: Map<String, Value>,
    source: ClaimsSource,
    /// The scopes of a session's access token, which may have been fetched after the decision.
    pub(super) scopes: Option<Scopes>,
}

impl VerifiedToken {
    /// The claims of the token; fetched again where the session has kept the token's scopes alone.
    pub(super) async fn claims(&self) -> Result<VerifiedClaims, Error> {
        match self {
            VerifiedToken::Bearer(token) => {
                Ok(VerifiedClaims { claims: token.all()?, source: ClaimsSource::AccessToken, scopes: None })
            }
            VerifiedToken::Session { tokens, target } => {
                let (claims, scopes) = tokens.claims(target.as_ref()).await?;
                let source = if target.is_some() { ClaimsSource::AccessToken } else { ClaimsSource::IdToken };
                Ok(VerifiedClaims { claims, source, scopes })
            }
        }
    }
}

impl VerifiedClaims {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        typed_claims(&self.claims, self.source)
    }
}

/// Without the claims: they are personal data.
impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VerifiedToken::Bearer(_) => "Bearer",
            VerifiedToken::Session { target: Some(_), .. } => "AccessToken",
            VerifiedToken::Session { target: None, .. } => "IdToken",
        })
    }
}
