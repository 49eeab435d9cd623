//! Tokens that this server gets by itself, for a machine or by exchange: checked when they arrive.

use std::time::Duration;

use super::{FIRST_PAUSE, LONGEST_PAUSE, RETRIES, jittered, not_granted};
use crate::bearer::AccessTokens;
use crate::clock::UnixTime;
use crate::error::{Error, InvalidToken, Unavailable};
use crate::oidc::{TokenAnswer, TokenFailure};
use crate::session::TokenTarget;
use crate::types::{Scopes, Secret};

/// An access token that was verified when it arrived, unless it is opaque.
pub(super) struct Issued {
    pub(super) secret: Secret,
    pub(super) scopes: Scopes,
    pub(super) expires: UnixTime,
    pub(super) target: TokenTarget,
    /// `sub`, which an opaque token does not tell.
    pub(super) subject: Option<String>,
    /// Who acts for the subject: `act.sub` (RFC 8693 §4.1).
    pub(super) actor: Option<String>,
}

impl Issued {
    /// Takes what Logto has answered, as strictly as what a stranger sends.
    pub(super) async fn accept(
        answer: &TokenAnswer,
        target: &TokenTarget,
        access_tokens: &AccessTokens,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let mut issued = Issued {
            secret: answer.access_token.clone(),
            scopes: answer.scopes.clone(),
            expires: now.plus(answer.expires_in),
            target: target.clone(),
            subject: None,
            actor: None,
        };
        let Some(audience) = target.audience() else { return Ok(issued) };
        let token = answer.access_token.expose();
        let claims = match access_tokens.verify(token, |aud| aud.contains(&audience)).await {
            Ok(claims) => claims,
            // What came is not what was asked for: the tenant does not know it.
            Err(Error::InvalidToken(InvalidToken::Opaque | InvalidToken::Audience)) => {
                return Err(not_granted(target));
            }
            Err(error) => return Err(error),
        };
        // The organization in a token for a resource is a claim; in an organization token it is the audience.
        if claims.organization.as_ref() != target.resource.as_ref().and(target.organization.as_ref()) {
            return Err(not_granted(target));
        }
        issued.scopes = claims.scopes.clone();
        issued.expires = issued.expires.min(claims.expires);
        issued.subject = Some(claims.subject.clone());
        issued.actor.clone_from(&claims.actor);
        Ok(issued)
    }
}

/// Makes a call again that Logto did not answer, where `may_repeat` says that this can do no harm.
pub(super) async fn with_retry<C, F>(
    call: C,
    may_repeat: fn(&Unavailable) -> bool,
) -> Result<TokenAnswer, TokenFailure>
where
    C: Fn() -> F,
    F: Future<Output = Result<TokenAnswer, TokenFailure>>,
{
    let (mut pause, mut retries): (Duration, u32) = (FIRST_PAUSE, RETRIES);
    loop {
        let answer = call().await;
        let Err(TokenFailure::Unavailable(unavailable)) = &answer else { return answer };
        let wait = unavailable.retry_after.unwrap_or_else(|| jittered(pause));
        if retries == 0 || wait > LONGEST_PAUSE || !may_repeat(unavailable) {
            return answer;
        }
        tokio::time::sleep(wait).await;
        retries -= 1;
        pause *= 2;
    }
}

/// What everybody may know of a token, in the words of [`AccessToken`](crate::AccessToken).
macro_rules! token_accessors {
    ($name:ident) => {
        impl $name {
            /// The token itself, to be sent as `Authorization: Bearer …`. Keep it out of logs.
            #[must_use]
            pub fn secret(&self) -> &str {
                self.0.secret.expose()
            }

            /// What it allows.
            #[must_use]
            pub fn scopes(&self) -> &$crate::types::Scopes {
                &self.0.scopes
            }

            /// When it ends.
            #[must_use]
            pub fn expires_at(&self) -> std::time::SystemTime {
                self.0.expires.to_system_time()
            }

            /// The API resource that it is for.
            #[must_use]
            pub fn resource(&self) -> Option<&$crate::types::ResourceIndicator> {
                self.0.target.resource.as_ref()
            }

            /// The organization that it is for.
            #[must_use]
            pub fn organization(&self) -> Option<&$crate::types::OrganizationId> {
                self.0.target.organization.as_ref()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("scopes", &self.0.scopes)
                    .field("resource", &self.0.target.resource)
                    .field("organization", &self.0.target.organization)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(super) use token_accessors;
