//! Access tokens for a session: from what it holds, else by one refresh for all who ask.

mod answer;
#[cfg(feature = "reqwest")]
mod client;
mod exchange;
mod issued;
mod machine;
#[cfg(test)]
mod simulation;

use std::sync::Arc;
use std::time::Duration;

use answer::{AnswerRejection, malformed, not_granted, same_again};

use crate::bearer::AccessTokens;
use crate::clock::{Clock, UnixTime};
use crate::error::{Endpoint, Error, Unavailable, UnavailableCause};
use crate::oidc::{Provider, TokenAnswer, TokenFailure};
use crate::session::{
    CachedToken, EndReason, LeaseOutcome, Session, SessionHandle, SessionManager, SessionUpdate, TokenTarget,
    random,
};
use crate::telemetry::{self, SessionEvent};
use crate::types::Secret;

#[cfg(feature = "reqwest")]
pub use client::{AuthorizedClient, CallError};
pub(crate) use exchange::Exchanges;
pub use exchange::{ExchangedToken, SubjectToken, TokenExchange};
pub use machine::{MachineToken, MachineTokenSource, MachineTokens};

/// A token this close to its end is fetched anew, so that it does not end on its way.
const EARLY: Duration = Duration::from_secs(60);
/// Spread of the above, so that sessions that began together do not refresh together.
const JITTER: u64 = 30;
/// A token this far from its end may be handed out while another one is fetched behind the caller's back.
const STILL_GOOD: Duration = Duration::from_secs(10);
/// How often a call that Logto did not answer is made again.
const RETRIES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// A longer `Retry-After` is for the caller to wait out, not for a request in flight.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long a person who signs out waits for Logto.
pub(crate) const END_PATIENCE: Duration = Duration::from_secs(3);

/// Which token is wanted, and what of it.
#[derive(Debug, Clone)]
pub(crate) struct TokenRequest {
    target: TokenTarget,
    /// The token itself, to be sent somewhere; else only what it allows.
    secret: bool,
    /// A token that was refused where it was sent.
    other_than: Option<Secret>,
    /// One asked for later than that.
    after: Option<UnixTime>,
}

impl TokenRequest {
    pub(crate) fn scopes(target: TokenTarget) -> Self {
        TokenRequest { target, secret: false, other_than: None, after: None }
    }

    pub(crate) fn secret(target: TokenTarget) -> Self {
        TokenRequest { target, secret: true, other_than: None, after: None }
    }

    /// A token that was asked for later than `after`. With it comes an ID token.
    pub(crate) fn asked_after(self, after: UnixTime) -> Self {
        TokenRequest { after: Some(after), ..self }
    }

    pub(crate) fn other_than(refused: Secret, target: TokenTarget) -> Self {
        TokenRequest { target, secret: true, other_than: Some(refused), after: None }
    }
}

/// A token, and the session that now holds it.
pub(crate) struct Obtained {
    pub(crate) token: CachedToken,
    /// `None` where the session held it already.
    pub(crate) session: Option<SessionHandle>,
}

pub(crate) struct TokenService {
    provider: Arc<Provider>,
    access_tokens: AccessTokens,
    clock: Clock,
    sessions: Arc<SessionManager>,
    /// How long a request waits in all: for others of its session, for Logto, and for Logto again.
    patience: Duration,
}

impl TokenService {
    pub(crate) fn new(
        provider: Arc<Provider>,
        access_tokens: AccessTokens,
        sessions: Arc<SessionManager>,
        patience: Duration,
        clock: Clock,
    ) -> Self {
        TokenService { provider, access_tokens, sessions, clock, patience }
    }

    /// Ends a session's grant at Logto. Goes on behind the caller's back where it takes longer than
    /// `patience`; its failure must not keep anybody signed in.
    pub(crate) async fn revoke(&self, refresh_token: Secret, patience: Duration) {
        let provider = Arc::clone(&self.provider);
        let work = tokio::spawn(async move {
            if let Err(failure) = provider.revoke(&refresh_token).await {
                tracing::warn!(target: "logto", "a refresh token could not be revoked: {failure}");
            }
        });
        let _ = tokio::time::timeout(patience, work).await;
    }

    /// A valid token. Requests that ask at the same time share one call to Logto; the call
    /// runs to its end even if they all go away, since it may spend the refresh token.
    pub(crate) async fn obtain(
        self: &Arc<Self>,
        session: &SessionHandle,
        wanted: &TokenRequest,
    ) -> Result<Obtained, Error> {
        let wanted = &self.within_age(wanted).await?;
        let held = self.usable(session, wanted, self.early(session));
        telemetry::token_wanted(held.is_some());
        if let Some(token) = held {
            Self::note_use(session, &wanted.target);
            return Ok(Obtained { token: token.clone(), session: None });
        }
        let work = self.detached(session, wanted);
        // A token that is good for a while longer is not waited for, where the session need not go back to
        // the browser with this very answer.
        if !self.sessions.needs_response()
            && let Some(token) = self.usable(session, wanted, STILL_GOOD)
        {
            return Ok(Obtained { token: token.clone(), session: None });
        }
        match tokio::time::timeout(self.patience, work).await {
            Ok(Ok(obtained)) => obtained,
            // A task that was stopped says nothing about the session.
            Ok(Err(_)) => Err(malformed("the call was stopped").into()),
            // The work goes on without this caller, who has queued behind others for too long.
            Err(_) => match self.usable(session, wanted, Duration::ZERO) {
                Some(token) => Ok(Obtained { token: token.clone(), session: None }),
                None => Err(Unavailable::new(Endpoint::Token, UnavailableCause::Timeout).into()),
            },
        }
    }

    /// Which tokens are used matters to sessions that hold many, of which the longest unused gives way.
    fn note_use(session: &SessionHandle, target: &TokenTarget) {
        if session.holds_many_tokens() {
            session.local_state().note_use(target);
        }
    }

    /// A token is worth nothing if it is older than the settings allow, or than a change that Logto has told of.
    /// The opaque one allows nothing by itself: Logto is asked each time.
    async fn within_age(&self, wanted: &TokenRequest) -> Result<TokenRequest, Error> {
        let mut wanted = wanted.clone();
        if !wanted.target.is_opaque() {
            let after = self.sessions.ages().scopes_count_after(wanted.target.organization.as_ref()).await?;
            wanted.after = wanted.after.max(after);
        }
        Ok(wanted)
    }

    fn detached(
        self: &Arc<Self>,
        session: &SessionHandle,
        wanted: &TokenRequest,
    ) -> tokio::task::JoinHandle<Result<Obtained, Error>> {
        let (service, session, wanted) = (Arc::clone(self), session.clone(), wanted.clone());
        tokio::spawn(async move { service.obtain_alone(session, &wanted).await })
    }

    async fn obtain_alone(
        self: Arc<Self>,
        session: SessionHandle,
        wanted: &TokenRequest,
    ) -> Result<Obtained, Error> {
        let presented = session;
        let local_state = presented.local_state();
        let arrived = self.clock.now();
        let _locked = local_state.refresh_lock().await;
        let session = presented.newest()?;
        if let Some(token) = self.settled(&session, wanted, arrived) {
            return Ok(Obtained { token: token.clone(), session: Some(session) });
        }
        if let Some(unavailable) = local_state.failed_a_moment_ago() {
            return self.fall_back_to_cached(session, wanted, unavailable);
        }
        let is_done = |session: &Session| self.settled(session, wanted, arrived).is_some();
        let (session, _lead) = match self.sessions.refresh_lease(&session, is_done).await? {
            LeaseOutcome::Acquired(session, lead) => (session, lead),
            LeaseOutcome::Done(session) => {
                let token = self.settled(&session, wanted, arrived).cloned();
                let token = token.ok_or(Error::SessionEnded)?;
                return Ok(Obtained { token, session: Some(session) });
            }
        };
        match self.fetch_or_follow(&session, wanted).await {
            Err(Error::Unavailable(unavailable)) => {
                local_state.note_failure(&unavailable);
                // What came along with a failure is in the newest.
                self.fall_back_to_cached(session.newest()?, wanted, unavailable)
            }
            other => other,
        }
    }

    /// A token that makes a call to Logto needless: one that lasts, or one that came while this caller waited,
    /// however short its life is.
    fn settled<'s>(
        &self,
        session: &'s Session,
        wanted: &TokenRequest,
        arrived: UnixTime,
    ) -> Option<&'s CachedToken> {
        self.usable(session, wanted, Duration::ZERO)
            .filter(|token| token.received >= arrived)
            .or_else(|| self.usable(session, wanted, self.early(session)))
    }

    /// Logto says `invalid_grant` of a dead grant, and of a refresh token that somebody has exchanged for its
    /// successor. Only the first ends the session.
    async fn fetch_or_follow(
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
        telemetry::session(SessionEvent::GrantGone);
        Err(Error::SessionEnded)
    }

    /// One call to Logto, and what it changes. Only one at a time for a session.
    async fn fetch(&self, session: &SessionHandle, wanted: &TokenRequest) -> Result<Obtained, Error> {
        let presented = session.refresh_token.clone().ok_or(Error::NoRefreshToken)?;
        // What the answer says is as old as the question: somebody may change it meanwhile.
        let asked = self.clock.now();
        let answer = match self.refresh(&presented, &wanted.target).await {
            Ok(answer) => answer,
            Err(TokenFailure::Refused(refused)) => {
                return Err(refused.about(wanted.target.resource.as_ref()).into());
            }
            Err(TokenFailure::Unavailable(unavailable)) => return Err(unavailable.into()),
            Err(TokenFailure::Unusable { refresh_token, unavailable }) => {
                if let Some(successor) = refresh_token {
                    self.keep(session, rotate_refresh_token(presented, successor), None).await?;
                }
                return Err(unavailable.into());
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
                return Err(Error::SessionEnded);
            }
            Err(AnswerRejection::DropsAnswer(unavailable)) => return Err(unavailable.into()),
        };
        let accepted = self.accept(&session, wanted, &answer, asked).await;
        let (token, now) = (accepted.as_ref().ok().cloned(), self.clock.now());
        let used = session.local_state().used();
        let edit: SessionUpdate = Arc::new(move |session: &mut Session| {
            if let Some(claims) = &claims {
                session.renew_claims(claims, asked, now);
            }
            if let Some(token) = &token {
                session.note_used(&used);
                session.cache_token(token.clone());
            }
        });
        let session = self.keep(&session, edit, successor.as_ref()).await?;
        Ok(Obtained { token: accepted?, session: Some(session) })
    }

    /// Keeps a change. If the session has ended meanwhile, nothing of it comes back: what has just been
    /// obtained for it ends as well.
    async fn keep(
        &self,
        session: &SessionHandle,
        edit: SessionUpdate,
        obtained: Option<&Secret>,
    ) -> Result<SessionHandle, Error> {
        let kept = self.sessions.update(session, edit).await;
        if let (Err(Error::SessionEnded), Some(refresh_token)) = (&kept, obtained) {
            self.revoke(refresh_token.clone(), Duration::ZERO).await;
        }
        kept
    }

    /// Without an answer of Logto's, a token that is still good for a while has to do.
    fn fall_back_to_cached(
        &self,
        session: SessionHandle,
        wanted: &TokenRequest,
        unavailable: Unavailable,
    ) -> Result<Obtained, Error> {
        match self.usable(&session, wanted, Duration::ZERO) {
            Some(token) => Ok(Obtained { token: token.clone(), session: Some(session) }),
            None => Err(unavailable.into()),
        }
    }

    /// A call that Logto did not answer is repeated; one that it answered is not.
    async fn refresh(
        &self,
        refresh_token: &Secret,
        target: &TokenTarget,
    ) -> Result<TokenAnswer, TokenFailure> {
        let (begun, mut pause, mut retries) = (self.clock.now(), FIRST_PAUSE, RETRIES);
        loop {
            let answer = self
                .provider
                .refresh(refresh_token, target.resource.as_ref(), target.organization.as_ref())
                .await;
            let Err(TokenFailure::Unavailable(unavailable)) = &answer else { return answer };
            let wait = unavailable.retry_after.unwrap_or_else(|| jittered(pause));
            if retries == 0 || wait > LONGEST_PAUSE || !may_repeat(unavailable, self.clock.now().since(begun))
            {
                return answer;
            }
            tokio::time::sleep(wait).await;
            retries -= 1;
            pause *= 2;
        }
    }

    /// The token that the session holds, if it lives longer than `early` from now.
    fn usable<'s>(
        &self,
        session: &'s Session,
        wanted: &TokenRequest,
        early: Duration,
    ) -> Option<&'s CachedToken> {
        session
            .cached_token(&wanted.target)
            // A short life is not spent on being early.
            .filter(|token| token.expires > self.clock.now().plus(early.min(token.life() / 3)))
            .filter(|token| !wanted.secret || token.secret.is_some())
            // What lies ahead was asked for before the clock was set back: nobody knows how old it is.
            .filter(|token| {
                wanted.after.is_none_or(|after| token.received > after && token.received <= self.clock.now())
            })
            .filter(|token| wanted.other_than.is_none() || token.secret != wanted.other_than)
    }

    /// The same for every request of a session, so that they agree; different for different sessions.
    fn early(&self, session: &Session) -> Duration {
        EARLY + Duration::from_secs(u64::from(session.id.spread()) % JITTER)
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

/// Up to half as long again, so that those who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let [dice] = random::<1>();
    pause + pause * u32::from(dice) / 512
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
