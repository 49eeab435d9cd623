//! The ID token that a refresh brings (OpenID Connect Core §12.2).

use serde_json::{Map, Value};

use super::accept::malformed;
use super::session_tokens::TokenService;
use crate::error::{Error, InvalidToken, Unavailable};
use crate::oidc::{IdTokenExpectation, Nonce, TokenAnswer};
use crate::session::Session;
use crate::telemetry::{self, SessionEvent, Source};

impl TokenService {
    /// A refresh returns a fresh ID token (OpenID Connect Core §12.2). A response is accepted as a whole or not at all:
    /// an access token beside an invalid ID token is not used either.
    ///
    /// The session ends where Logto's own signature proves that the response is about another user, tenant,
    /// application or sign-in: the session would continue with the rights of somebody else. Any other fault proves
    /// nothing about the user and looks like an outage: keys that are unavailable or were rotated twice, clocks that
    /// differ, a proxy that responds in Logto's place. Then the session stays as it is.
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
        match self.relying_party.verify_id_token(id_token, &answer.access_token, &expected).await {
            Ok(claims) => Ok(Some(claims.person)),
            // Claims are looked at after the signature.
            Err(Error::InvalidIdToken(
                reason @ (Subject | Issuer | Audience | AuthorizedParty | OtherNonce),
            )) => {
                let subject = self.relying_party.audit_subjects().hash(&session.subject);
                telemetry::session(SessionEvent::SomebodyElse(Source::Refresh, reason), subject.as_ref());
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
}

/// What a refreshed ID token takes along that must not be believed.
pub(super) enum AnswerRejection {
    /// It belongs to another sign-in: the session ends.
    EndsSession,
    /// The rest of the answer is not used either.
    DropsAnswer(Unavailable),
}
