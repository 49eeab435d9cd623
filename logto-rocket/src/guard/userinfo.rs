//! The claims that Logto's userinfo endpoint gives for the session of a request.

use serde_json::{Map, Value};

use super::request_session::RequestSession;
use crate::error::{Error, InvalidToken};
use crate::logto::WebApp;
use crate::session::{Session, SessionEndReason, TokenTarget};
use crate::telemetry::{self, SessionEvent, Source};
use crate::token::TokenRequest;
use crate::types::Secret;

impl RequestSession {
    /// The claims that the userinfo endpoint gives now.
    pub(super) async fn userinfo(&self, logto: &WebApp) -> Result<Map<String, Value>, Error> {
        let first = self.userinfo_token(logto, TokenRequest::secret(TokenTarget::userinfo())).await?;
        match self.ask_userinfo(logto, &first).await {
            // A token may die before its time; a fresh one tells whether the grant has.
            Err(Error::Refused(refused)) if refused.status == 401 => {
                let another = TokenRequest::other_than(first, TokenTarget::userinfo());
                let second = self.userinfo_token(logto, another).await?;
                match self.ask_userinfo(logto, &second).await {
                    Err(Error::Refused(refused)) if refused.status == 401 => {
                        // For the browser's other requests too, that have the same session.
                        let ended = self.end_because(logto, SessionEndReason::GrantEnded).await;
                        note(logto, SessionEvent::GrantGone, ended.as_deref());
                        Err(Error::SessionEnded)
                    }
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn userinfo_token(&self, logto: &WebApp, wanted: TokenRequest) -> Result<Secret, Error> {
        self.token(logto, &wanted).await?.secret.ok_or(Error::NoRefreshToken)
    }

    async fn ask_userinfo(&self, logto: &WebApp, token: &Secret) -> Result<Map<String, Value>, Error> {
        let session = self.active()?;
        match logto.0.provider.userinfo(token, &session.subject).await {
            // The token of this session belongs to another user: nothing of it can be believed.
            Err(Error::InvalidToken(reason @ InvalidToken::Subject)) => {
                self.end_because(logto, SessionEndReason::OtherClaims).await;
                note(logto, SessionEvent::SomebodyElse(Source::UserInfo, reason), Some(&session));
                Err(Error::SessionEnded)
            }
            other => other,
        }
    }
}

fn note(logto: &WebApp, event: SessionEvent, session: Option<&Session>) {
    let subjects = logto.0.provider.audit_subjects();
    let subject = subjects.hash_of(session.map(|session| &*session.subject));
    telemetry::session(event, subject.as_ref());
}
