//! JWT access tokens (RFC 9068): those that strangers send, and those that Logto hands out.

mod header;
mod logout_token;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use serde::Deserialize;

pub(crate) use header::{BearerHeader, read_authorization};
pub(crate) use logout_token::{LogoutToken, LogoutTokens};

use crate::clock::{Clock, UnixTime};
use crate::error::{Error, InvalidToken};
use crate::oidc::{Audience, Jws, NumericDate, Provider, TokenType};
use crate::types::{OrganizationId, Scopes};

/// A token that was verified in full.
#[derive(Debug, Clone)]
pub(crate) struct AccessTokenClaims {
    pub(crate) subject: String,
    pub(crate) client_id: String,
    pub(crate) audience: Audience,
    pub(crate) scopes: Scopes,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) expires: UnixTime,
    /// Logto sends none; RFC 9068 §2.2.1 allows it, and RFC 9470 needs it.
    pub(crate) auth_time: Option<UnixTime>,
}

impl AccessTokenClaims {
    /// Logto names the application as the subject of its own tokens.
    pub(crate) fn is_machine(&self) -> bool {
        self.subject == self.client_id
    }
}

/// Claims that RFC 9068 §2.2 requires, and those that Logto adds.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    client_id: String,
    #[serde(rename = "jti")]
    _jti: String,
    scope: Option<String>,
    organization_id: Option<String>,
    auth_time: Option<NumericDate>,
}

/// Verifies access tokens of the tenant.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    provider: Arc<Provider>,
    leeway: std::time::Duration,
    clock: Clock,
}

impl AccessTokens {
    pub(crate) fn new(provider: Arc<Provider>, leeway: std::time::Duration, clock: Clock) -> Self {
        AccessTokens { provider, leeway, clock }
    }

    /// The token's claims, if all of it is right and `accepts` takes its audience. What costs little is
    /// checked before the signature.
    pub(crate) async fn verify(
        &self,
        token: &str,
        accepts: impl Fn(&Audience) -> bool,
    ) -> Result<AccessTokenClaims, Error> {
        let jws = Jws::parse(token)?;
        if jws.token_type() != TokenType::AccessToken {
            return Err(InvalidToken::Type.into());
        }
        let claims: Claims = jws.claims()?;
        let metadata = self.provider.metadata().await?;
        self.check(&claims, &metadata.issuer)?;
        if !accepts(&claims.aud) {
            return Err(InvalidToken::Audience.into());
        }
        let organization = match claims.organization_id {
            None => None,
            Some(id) => Some(OrganizationId::new(&id).ok_or(InvalidToken::Claim)?),
        };
        self.provider.verify(&jws).await?;
        Ok(AccessTokenClaims {
            subject: claims.sub,
            client_id: claims.client_id,
            audience: claims.aud,
            scopes: Scopes::parse(claims.scope.as_deref().unwrap_or_default()),
            organization,
            expires: claims.exp.0,
            auth_time: claims.auth_time.map(|NumericDate(time)| time),
        })
    }

    fn check(&self, claims: &Claims, issuer: &str) -> Result<(), InvalidToken> {
        let now = self.clock.now();
        if claims.iss != issuer {
            return Err(InvalidToken::Issuer);
        }
        if claims.sub.is_empty() {
            return Err(InvalidToken::Subject);
        }
        if claims.exp.0.plus(self.leeway) <= now {
            return Err(InvalidToken::Expired);
        }
        let ahead = |time: &NumericDate| time.0 > now.plus(self.leeway);
        if ahead(&claims.iat) || claims.nbf.as_ref().is_some_and(ahead) {
            return Err(InvalidToken::NotYetValid);
        }
        Ok(())
    }
}
