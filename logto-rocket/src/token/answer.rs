//! What comes back from a refresh, and whether it is believed.

use serde_json::{Map, Value};

use super::{TokenRequest, TokenService};
use crate::bearer::AccessTokenClaims;
use crate::clock::UnixTime;
use crate::error::{Endpoint, Error, InvalidToken, OAuthError, Unavailable, UnavailableCause, named};
use crate::oidc::{IdTokenExpectation, Nonce, TokenAnswer};
use crate::session::{CachedToken, Session, TokenTarget};
use crate::telemetry::{self, SessionEvent, Source};

impl TokenService {
    /// A refresh brings a fresh ID token (OpenID Connect Core §12.2). An answer counts as a whole or not at all: an
    /// access token that comes with an ID token which must not be believed is not used either.
    ///
    /// The session ends where Logto's own signature says that the answer is about another person, tenant,
    /// application or sign-in: whoever goes on with it might go on with somebody else's rights. Whatever else is
    /// wrong proves nothing about the person, and is what an outage looks like: keys that cannot be had or were
    /// rotated twice, clocks that differ, a proxy that answers in Logto's place. Then the session stays as it is.
    pub(super) async fn renewed_claims(
        &self,
        session: &Session,
        answer: &TokenAnswer,
    ) -> Result<Option<Map<String, Value>>, AnswerRejection> {
        use InvalidToken::{Audience, AuthorizedParty, Issuer, Nonce as OtherNonce, Subject};
        let Some(id_token) = &answer.id_token else { return Ok(None) };
        let expected = IdTokenExpectation {
            nonce: Nonce::FirstOrNone(session.nonce),
            subject: Some(&session.subject),
            max_age: None,
        };
        match self.provider.verify_id_token(id_token, &answer.access_token, &expected).await {
            Ok(claims) => Ok(Some(claims.person)),
            // Claims are looked at after the signature.
            Err(Error::InvalidIdToken(
                reason @ (Subject | Issuer | Audience | AuthorizedParty | OtherNonce),
            )) => {
                telemetry::session(SessionEvent::SomebodyElse(Source::Refresh, reason));
                Err(AnswerRejection::EndsSession)
            }
            Err(Error::Unavailable(unavailable)) => {
                tracing::warn!(target: "logto", "the response to a refresh was discarded because its ID token could not be verified: {unavailable}");
                Err(AnswerRejection::DropsAnswer(unavailable))
            }
            Err(error) => {
                tracing::warn!(target: "logto", "the response to a refresh was discarded: {error}");
                let what = format!("its ID token is not valid ({})", error.code());
                Err(AnswerRejection::DropsAnswer(malformed(what)))
            }
        }
    }

    /// Checks a token that has arrived as strictly as one that a stranger sends.
    pub(super) async fn accept(
        &self,
        session: &Session,
        wanted: &TokenRequest,
        answer: &TokenAnswer,
        asked: UnixTime,
    ) -> Result<CachedToken, Error> {
        let (now, target) = (self.clock.now(), &wanted.target);
        let handed_out = wanted.secret || session.cached_token(target).is_some_and(|held| held.handed_out);
        let mut token = CachedToken {
            target: target.clone(),
            scopes: answer.scopes.clone(),
            expires: now.plus(answer.expires_in),
            received: asked,
            secret: Some(answer.access_token.clone()),
            handed_out,
        };
        if let Some(audience) = target.audience() {
            let verified =
                self.access_tokens.verify(answer.access_token.expose(), |aud| aud.contains(&audience)).await;
            let claims = match verified {
                Ok(claims) => claims,
                // What came is not what was asked for: the tenant does not know it.
                Err(Error::InvalidToken(InvalidToken::Opaque | InvalidToken::Audience)) => {
                    return Err(not_granted(target));
                }
                Err(error) => return Err(error),
            };
            if claims.subject != session.subject {
                return Err(InvalidToken::Subject.into());
            }
            // The organization in a token for a resource is a claim; in an organization token it is the audience.
            if claims.organization.as_ref() != target.resource.as_ref().and(target.organization.as_ref()) {
                return Err(not_granted(target));
            }
            token.scopes = claims.scopes.clone();
            token.expires = token.expires.min(self.end_of(&claims));
        }
        if wanted.other_than.is_some() && token.secret == wanted.other_than {
            return Err(same_again());
        }
        Ok(token)
    }

    /// When a token that has just arrived ends by this server's clock. Where the clocks differ by as much as they
    /// may, the hour in the token is not this server's; how long it lives is the same everywhere.
    fn end_of(&self, claims: &AccessTokenClaims) -> UnixTime {
        let now = self.clock.now();
        if now.since(claims.issued_at) > self.access_tokens.leeway() {
            return claims.expires;
        }
        now.plus(claims.expires.since(claims.issued_at))
    }
}

/// What a refreshed ID token takes along that must not be believed.
pub(super) enum AnswerRejection {
    /// It belongs to another sign-in: the session ends.
    EndsSession,
    /// The rest of the answer is not used either.
    DropsAnswer(Unavailable),
}

pub(super) fn malformed(what: impl Into<String>) -> Unavailable {
    Unavailable::new(Endpoint::Token, UnavailableCause::Malformed(what.into()))
}

/// Logto has given the very token again that was refused: nothing is won by sending it once more.
pub(super) fn same_again() -> Error {
    malformed("it is the very token that was refused").into()
}

/// An answer that is no error and still not the token that was asked for.
pub(super) fn not_granted(target: &TokenTarget) -> Error {
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
        description: Some(format!("the token that came is not for {}", wanted.join(" and "))),
    })
}
