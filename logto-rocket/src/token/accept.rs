//! Checks of an access token that Logto has just issued: for a session, for the server itself, or in exchange.

use std::sync::Arc;
use std::time::Duration;

use crate::bearer::{AccessTokenClaims, AccessTokens};
use crate::clock::UnixTime;
use crate::error::{Endpoint, Error, InvalidToken, OAuthError, Unavailable, UnavailableCause, named};
use crate::oidc::TokenAnswer;
use crate::session::TokenTarget;
use crate::types::{Scopes, Secret};

/// An access token that was verified when it arrived, unless it is opaque.
pub(super) struct IssuedToken {
    pub(super) secret: Secret,
    pub(super) scopes: Scopes,
    /// By this server's clock.
    pub(super) expires: UnixTime,
    pub(super) target: TokenTarget,
    /// `sub`. An opaque token has none that this server could read.
    pub(super) subject: Option<Arc<str>>,
    /// Who acts for the subject: `act.sub` (RFC 8693 §4.1).
    pub(super) actor: Option<String>,
}

impl IssuedToken {
    /// A token that ends at `expires`, told from others by that.
    #[cfg(test)]
    pub(super) fn for_test(expires: UnixTime) -> Self {
        IssuedToken {
            secret: Secret::new(format!("token-{expires:?}")),
            scopes: Scopes::default(),
            expires,
            target: TokenTarget::userinfo(),
            subject: None,
            actor: None,
        }
    }

    /// Accepts the access token in `answer`, which arrived at `now`, if it is for `target` and, where a `subject` is
    /// given, about that one. It is verified as strictly as a bearer token. Its scopes are those of its claims; those
    /// of the answer count for an opaque token alone.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if it is for something else than `target`, [`Error::InvalidToken`] if it is not valid or is
    /// about another subject, [`Error::Unavailable`] if it cannot be verified now.
    pub(super) async fn accept(
        answer: &TokenAnswer,
        target: &TokenTarget,
        subject: Option<&str>,
        access_tokens: &AccessTokens,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let mut issued = IssuedToken {
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
            // Logto has ignored the resource or the organization that was asked for: the tenant does not know it.
            Err(Error::InvalidToken(InvalidToken::Opaque | InvalidToken::Audience)) => {
                return Err(not_granted(target));
            }
            Err(error) => return Err(error),
        };
        if subject.is_some_and(|subject| *claims.subject != *subject) {
            return Err(InvalidToken::Subject.into());
        }
        // The organization in a token for a resource is a claim; in an organization token it is the audience.
        if claims.organization.as_ref() != target.resource.as_ref().and(target.organization.as_ref()) {
            return Err(not_granted(target));
        }
        issued.scopes = claims.scopes.clone();
        issued.expires = issued.expires.min(expiry(&claims, now, access_tokens.leeway()));
        issued.subject = Some(Arc::clone(&claims.subject));
        issued.actor.clone_from(&claims.actor);
        Ok(issued)
    }
}

/// When a token that arrived at `now` expires by this server's clock. The clocks may differ by `leeway`, so `exp` is
/// not this server's time; but how long the token lives is the same everywhere. `exp` counts as it is where `iat` is
/// so old that the token was not issued just now.
fn expiry(claims: &AccessTokenClaims, now: UnixTime, leeway: Duration) -> UnixTime {
    if now.since(claims.issued_at) > leeway {
        return claims.expires;
    }
    now.plus(claims.expires.since(claims.issued_at))
}

/// An answer of the token endpoint that cannot be used.
pub(super) fn malformed(what: impl Into<String>) -> Unavailable {
    Unavailable::new(Endpoint::Token, UnavailableCause::Malformed(what.into()))
}

/// Logto has issued the very token again that an API has refused: sending it once more would change nothing.
pub(super) fn same_again() -> Error {
    malformed("Logto issued the same token that was just refused").into()
}

/// A success whose token is not for `target`.
fn not_granted(target: &TokenTarget) -> Error {
    let wanted: Vec<String> = [
        target.resource.as_ref().map(|resource| format!("the API resource `{}`", named(resource))),
        target.organization.as_ref().map(|id| format!("the organization `{id}`")),
    ]
    .into_iter()
    .flatten()
    .collect();
    Error::Refused(OAuthError {
        endpoint: Endpoint::Token,
        status: 200,
        error: "invalid_target".to_owned(),
        description: Some(format!("the token that Logto issued is not for {}", wanted.join(" and "))),
    })
}
