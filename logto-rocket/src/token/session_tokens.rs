//! Access tokens for a session: those that it holds, else by one refresh for all who ask.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, Span};

use super::renewal_margin::renewal_margin;
use super::request::TokenRequest;
use crate::bearer::AccessTokens;
use crate::clock::{Clock, UnixTime};
use crate::error::{Endpoint, Error, Unavailable, UnavailableCause};
use crate::oidc::{RelyingParty, run_to_end_in};
use crate::session::{CachedToken, LeaseOutcome, Session, SessionHandle, SessionManager, TokenTarget};
use crate::telemetry::{self, RefreshFor, RefreshSpan};
use crate::types::{ResourceIndicator, Secret};

/// A token this far from its end may be handed out while another one is fetched in the background.
const STILL_GOOD: Duration = Duration::from_secs(10);

/// How long a user who signs out waits for Logto to revoke the grant.
pub(crate) const REVOCATION_WAIT: Duration = Duration::from_secs(3);

/// A token, and the session that now holds it.
pub(crate) struct Obtained {
    pub(crate) token: CachedToken,
    /// `None` where the session held it already.
    pub(crate) session: Option<SessionHandle>,
}

pub(crate) struct TokenService {
    pub(super) relying_party: Arc<RelyingParty>,
    pub(super) access_tokens: AccessTokens,
    pub(super) clock: Clock,
    pub(super) sessions: Arc<SessionManager>,
    /// How long a request waits in all: for others of its session, for Logto, and for Logto again.
    patience: Duration,
}

impl TokenService {
    pub(crate) fn new(
        relying_party: Arc<RelyingParty>,
        access_tokens: AccessTokens,
        sessions: Arc<SessionManager>,
        patience: Duration,
        clock: Clock,
    ) -> Self {
        TokenService { relying_party, access_tokens, sessions, clock, patience }
    }

    /// Ends a session's grant at Logto. Goes on behind the caller's back where it takes longer than
    /// `patience`; its failure must not keep anybody signed in.
    pub(crate) async fn revoke(&self, refresh_token: Secret, patience: Duration) {
        let relying_party = Arc::clone(&self.relying_party);
        let work = async move {
            if let Err(failure) = relying_party.revoke(&refresh_token).await {
                tracing::warn!(target: "logto", "a refresh token could not be revoked: {failure}");
            }
        };
        // What nobody waits for is no part of the request.
        let span = if patience.is_zero() { Span::none() } else { Span::current() };
        let work = tokio::spawn(work.instrument(span));
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
        let cached = self.use_cached(session, wanted);
        telemetry::token_wanted(cached.is_some());
        match cached {
            Some(token) => Ok(Obtained { token, session: None }),
            // In a box, so that requests whose token is cached do not carry its future along.
            None => Box::pin(self.obtain_uncached(session, wanted)).await,
        }
    }

    /// A valid token that the session holds, if that can be told without a call of the store. Requests that get one need
    /// no future for it.
    pub(crate) fn obtain_cached(
        &self,
        session: &SessionHandle,
        wanted: &TokenRequest,
    ) -> Option<CachedToken> {
        let ages = self.sessions.ages();
        let limit = match wanted.target.is_opaque() {
            true => None,
            false if ages.changes_are_reported() => return None,
            false => ages.scopes_count_after_by_age(),
        };
        let cached = self.use_cached(session, &wanted.also_after(limit))?;
        telemetry::token_wanted(true);
        Some(cached)
    }

    fn use_cached(&self, session: &SessionHandle, wanted: &TokenRequest) -> Option<CachedToken> {
        let token = self.cached(session, wanted, Self::margin(session))?;
        Self::note_use(session, &wanted.target);
        Some(token.clone())
    }

    /// Fetches a token that is not cached.
    async fn obtain_uncached(
        self: &Arc<Self>,
        session: &SessionHandle,
        wanted: &TokenRequest,
    ) -> Result<Obtained, Error> {
        // A token that is good for a while longer is not waited for, where the session need not go back to
        // the browser with this very answer.
        let good_enough =
            self.cached(session, wanted, STILL_GOOD).filter(|_| !self.sessions.needs_response());
        let work = {
            let (purpose, resource) = (purpose_of(&wanted.target), resource_of(&wanted.target));
            let span = RefreshSpan::begin(purpose, resource, good_enough.is_some());
            let (service, session, wanted) = (Arc::clone(self), session.clone(), wanted.clone());
            run_to_end_in(span.place(), Endpoint::Token, async move {
                let obtained = service.obtain_alone(session, &wanted).await;
                span.end(&obtained);
                obtained
            })
        };
        if let Some(token) = good_enough {
            return Ok(Obtained { token: token.clone(), session: None });
        }
        match tokio::time::timeout(self.patience, work).await {
            Ok(obtained) => obtained,
            // The work goes on without this caller, who has queued behind others for too long.
            Err(_) => match self.cached(session, wanted, Duration::ZERO) {
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
    async fn within_age<'w>(&self, wanted: &'w TokenRequest) -> Result<Cow<'w, TokenRequest>, Error> {
        if wanted.target.is_opaque() {
            return Ok(Cow::Borrowed(wanted));
        }
        let limit = self.sessions.ages().scopes_count_after(wanted.target.organization.as_ref()).await?;
        Ok(wanted.also_after(limit))
    }

    async fn obtain_alone(
        self: Arc<Self>,
        session: SessionHandle,
        wanted: &TokenRequest,
    ) -> Result<Obtained, Error> {
        let presented = session;
        let local_state = presented.local_state();
        let (arrived, renewals) = (self.clock.now(), local_state.renewals().begun());
        let _locked = local_state.refresh_lock().await;
        let session = presented.newest()?;
        if let Some(token) = self.settled(&session, wanted, arrived) {
            return Ok(Obtained { token: token.clone(), session: Some(session) });
        }
        if wanted.anew
            && local_state.renewals().has_succeeded_since(renewals)
            && let Some(token) = session.cached_token(&wanted.target).cloned()
        {
            return Ok(Obtained { token, session: Some(session) });
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
        let renewal = wanted.anew.then(|| local_state.renewals().begin());
        let fetched = self.fetch_or_follow(&session, wanted).await;
        match fetched {
            Ok(obtained) => {
                if let Some(number) = renewal {
                    local_state.renewals().succeed(number);
                }
                Ok(obtained)
            }
            Err(Error::Unavailable(unavailable)) => {
                local_state.note_failure(&unavailable);
                // The newest session has what arrived with a failure.
                self.fall_back_to_cached(session.newest()?, wanted, unavailable)
            }
            Err(error) => Err(error),
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
        self.cached(session, wanted, Duration::ZERO)
            .filter(|token| token.received >= arrived)
            .or_else(|| self.cached(session, wanted, Self::margin(session)))
    }

    /// Without an answer of Logto's, a token that is still good for a while has to do.
    fn fall_back_to_cached(
        &self,
        session: SessionHandle,
        wanted: &TokenRequest,
        unavailable: Unavailable,
    ) -> Result<Obtained, Error> {
        match self.cached(&session, wanted, Duration::ZERO) {
            Some(token) => Ok(Obtained { token: token.clone(), session: Some(session) }),
            None => Err(unavailable.into()),
        }
    }

    /// The token that the session holds, if it lives longer than `margin` from now.
    fn cached<'s>(
        &self,
        session: &'s Session,
        wanted: &TokenRequest,
        margin: Duration,
    ) -> Option<&'s CachedToken> {
        wanted.answered_by(session, margin, self.clock.now())
    }

    /// The same for every request of a session, so that they agree; different for different sessions.
    fn margin(session: &Session) -> Duration {
        renewal_margin(session.id.spread())
    }
}

fn purpose_of(target: &TokenTarget) -> RefreshFor {
    match (&target.resource, &target.organization) {
        (Some(_), None) => RefreshFor::Resource,
        (None, Some(_)) => RefreshFor::Organization,
        (Some(_), Some(_)) => RefreshFor::OrganizationResource,
        (None, None) => RefreshFor::Userinfo,
    }
}

fn resource_of(target: &TokenTarget) -> Option<&str> {
    target.resource.as_ref().map(ResourceIndicator::as_str)
}
