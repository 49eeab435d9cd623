//! A refresh (RFC 6749 §6), and what it changes in a session.

use std::sync::Arc;
use std::time::Duration;

use super::accept::{IssuedToken, same_again};
use super::renewed_claims::AnswerRejection;
use super::request::TokenRequest;
use super::retry::with_retry;
use super::session_tokens::{Obtained, TokenService};
use crate::clock::UnixTime;
use crate::error::{Error, Unavailable, UnavailableCause};
use crate::oidc::{TokenAnswer, TokenFailure};
use crate::session::{
    CachedToken, EndReason, Session, SessionEnd, SessionEndReason, SessionHandle, SessionUpdate, TokenTarget,
};
use crate::telemetry::{self, SessionEvent};
use crate::types::Secret;

impl TokenService {
    /// Logto says `invalid_grant` of a dead grant, and of a refresh token that somebody has exchanged for its
    /// successor. Only the first ends the session.
    pub(super) async fn fetch_or_follow(
        &self,
        session: &SessionHandle,
        wanted: &TokenRequest,
    ) -> Result<Obtained, Error> {
        match self.fetch(session, wanted).await {
            Err(Error::Refused(refused)) if refused.error == "invalid_grant" => {}
            other => return other,
        }
        let newest = self.sessions.newest(session).await?;
        if newest.refresh_token != session.refresh_token {
            match self.fetch(&newest, wanted).await {
                Err(Error::Refused(refused)) if refused.error == "invalid_grant" => {}
                other => return other,
            }
        }
        self.sessions.end(&newest, EndReason::Terminated).await;
        let subject = self.relying_party.audit_subjects().hash(&newest.subject);
        telemetry::session(SessionEvent::GrantGone, subject.as_ref());
        self.sessions.ends().tell(SessionEnd::of_session(SessionEndReason::GrantEnded, &newest));
        Err(Error::SessionEnded)
    }

    /// One call to Logto, and what it changes. Only one at a time for a session.
    async fn fetch(&self, session: &SessionHandle, wanted: &TokenRequest) -> Result<Obtained, Error> {
        // Logto would refuse it, with a code that says nothing of the reason.
        if let Some(name) = session.requested.missing_for(&wanted.target) {
            return Err(Error::NotRequestedAtSignIn { name: name.to_owned() });
        }
        let presented = session.refresh_token.clone().ok_or(Error::NoRefreshToken)?;
        // What the answer says is as old as the question: somebody may change it meanwhile.
        let asked = self.clock.now();
        let answer = match self.refresh(&presented, &wanted.target).await {
            Ok(answer) => answer,
            Err(failure) => {
                if let TokenFailure::Unusable { refresh_token: Some(successor), .. } = &failure {
                    let rotate = rotate_refresh_token(presented, successor.clone());
                    self.keep(session, rotate, None).await?;
                }
                return Err(failure.about(wanted.target.resource.as_ref()).into());
            }
        };
        // Before anything else can fail: the old refresh token may be spent.
        let successor = answer.refresh_token.clone().filter(|new| *new != presented);
        let session = match &successor {
            Some(new) => self.keep(session, rotate_refresh_token(presented, new.clone()), Some(new)).await?,
            None => session.clone(),
        };
        let claims = match self.renewed_claims(&session, &answer).await {
            Ok(claims) => claims,
            Err(AnswerRejection::EndsSession) => {
                self.sessions.end(&session, EndReason::Terminated).await;
                self.sessions.ends().tell(SessionEnd::of_session(SessionEndReason::OtherClaims, &session));
                return Err(Error::SessionEnded);
            }
            Err(AnswerRejection::DropsAnswer(unavailable)) => return Err(unavailable.into()),
        };
        let accepted = self.accept(&session, wanted, &answer, asked).await;
        let (token, now) = (accepted.as_ref().ok().cloned(), self.clock.now());
        let (used, anew) = (session.local_state().used(), wanted.anew);
        let update: SessionUpdate = Arc::new(move |session: &mut Session| {
            if let Some(claims) = &claims {
                session.renew_claims(claims, asked, now);
            }
            if anew {
                session.forget_authorization();
            }
            if let Some(token) = &token {
                session.note_used(&used);
                session.cache_token(token.clone());
            }
        });
        let session = self.keep(&session, update, successor.as_ref()).await?;
        Ok(Obtained { token: accepted?, session: Some(session) })
    }

    /// Keeps a change. If the session has ended meanwhile, nothing of it comes back: what has just been
    /// obtained for it ends as well.
    async fn keep(
        &self,
        session: &SessionHandle,
        update: SessionUpdate,
        obtained: Option<&Secret>,
    ) -> Result<SessionHandle, Error> {
        let kept = self.sessions.update(session, update).await;
        if let (Err(Error::SessionEnded), Some(refresh_token)) = (&kept, obtained) {
            self.revoke(refresh_token.clone(), Duration::ZERO).await;
        }
        kept
    }

    /// Asks Logto for another access token. A request is repeated if Logto did not respond.
    async fn refresh(
        &self,
        refresh_token: &Secret,
        target: &TokenTarget,
    ) -> Result<TokenAnswer, TokenFailure> {
        let began = self.clock.now();
        let (resource, organization) = (target.resource.as_ref(), target.organization.as_ref());
        let ask = || self.relying_party.refresh(refresh_token, resource, organization);
        with_retry(ask, |unavailable| may_repeat(unavailable, self.clock.now().since(began))).await
    }

    /// What the session keeps of an access token that has just been issued for it.
    async fn accept(
        &self,
        session: &Session,
        wanted: &TokenRequest,
        answer: &TokenAnswer,
        asked: UnixTime,
    ) -> Result<CachedToken, Error> {
        let target = &wanted.target;
        let issued = IssuedToken::accept(
            answer,
            target,
            Some(&session.subject),
            &self.access_tokens,
            self.clock.now(),
        );
        let IssuedToken { secret, scopes, expires, .. } = issued.await?;
        if wanted.other_than.as_ref() == Some(&secret) {
            return Err(same_again());
        }
        Ok(CachedToken {
            target: target.clone(),
            scopes,
            expires,
            received: asked,
            secret: Some(secret),
            handed_out: wanted.secret || session.cached_token(target).is_some_and(|cached| cached.handed_out),
        })
    }
}

/// Puts a refresh token in its predecessor's place, and in no other's: a leader that was too slow, and has lost
/// its lease meanwhile, does not write over what the next one got.
fn rotate_refresh_token(presented: Secret, successor: Secret) -> SessionUpdate {
    Arc::new(move |session: &mut Session| {
        if session.refresh_token.as_ref() == Some(&presented) {
            session.refresh_token = Some(successor.clone());
        }
    })
}

/// Where Logto cannot have acted; or where it may have, and spent the refresh token, but so short a time ago
/// that it takes it once more: it does for three seconds.
fn may_repeat(unavailable: &Unavailable, since: Duration) -> bool {
    match unavailable.cause {
        UnavailableCause::Connect(_) | UnavailableCause::Status(429 | 503) => true,
        UnavailableCause::Interrupted(_) => since <= Duration::from_secs(1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i08_a_leader_that_was_too_slow_writes_over_nothing() {
        let late = rotate_refresh_token(Secret::new("first"), Secret::new("late"));
        let mut session = Session::for_test("s", UnixTime(1));
        session.refresh_token = Some(Secret::new("first"));
        let mut overtaken = session.clone();
        overtaken.refresh_token = Some(Secret::new("second"));
        late(&mut session);
        late(&mut overtaken);
        assert_eq!(session.refresh_token, Some(Secret::new("late")));
        assert_eq!(overtaken.refresh_token, Some(Secret::new("second")));
    }
}
