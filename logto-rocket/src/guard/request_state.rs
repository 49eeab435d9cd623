//! What one request has learned and changed: its session, its bearer, who was let in, why somebody was
//! not. Written to the answer once, by the response fairing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::Request;
use tokio::sync::OnceCell;

use super::failure::AuthFailure;
use super::identity::Identity;
use crate::bearer::AccessTokenClaims;
use crate::error::Error;
use crate::logto::Logto;
use crate::session::{HeldToken, Life, Session, SetCookie};
use crate::token::Wanted;

#[derive(Default)]
pub(crate) struct RequestState {
    session: OnceCell<Arc<SessionSlot>>,
    pub(super) bearer: OnceCell<Result<Arc<AccessTokenClaims>, Error>>,
    identity: Mutex<Option<Identity>>,
    failure: Mutex<Option<AuthFailure>>,
    cookies: Mutex<Vec<PendingCookie>>,
    guarded: AtomicBool,
}

/// A cookie of this crate that is no session: a sign-in attempt, or the mark against loops.
#[derive(Debug, Clone)]
pub(crate) struct PendingCookie {
    pub(crate) cookie: SetCookie,
    pub(crate) max_age: std::time::Duration,
}

/// The session of one request, as far as it is known, and what is to become of its cookies.
pub(crate) struct SessionSlot {
    /// Names of session cookies that the request carried.
    pub(crate) presented: Vec<String>,
    current: Mutex<Slot>,
}

struct Slot {
    session: Option<Session>,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Write,
    Remove,
}

impl RequestState {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r RequestState {
        request.local_cache(RequestState::default)
    }

    /// The session that the request's cookies hold, opened once.
    pub(crate) async fn session(&self, request: &Request<'_>, logto: &Logto) -> Arc<SessionSlot> {
        let load = || async { Arc::new(SessionSlot::load(request, logto)) };
        Arc::clone(self.session.get_or_init(load).await)
    }

    /// The session, if anything in this request has asked for it.
    pub(crate) fn loaded_session(&self) -> Option<&Arc<SessionSlot>> {
        self.session.get()
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        lock(&self.identity).clone()
    }

    /// Of several rules on one route, the one that knows most about the caller speaks.
    pub(super) fn let_in(&self, identity: &Identity) {
        let mut known = lock(&self.identity);
        let knows_less = |held: &Identity| {
            (held.organization.is_some(), held.scopes_are_known)
                < (identity.organization.is_some(), identity.scopes_are_known)
        };
        if known.as_ref().is_none_or(knows_less) {
            *known = Some(identity.clone());
        }
    }

    pub(super) fn record(&self, failure: &AuthFailure) {
        *lock(&self.failure) = Some(failure.clone());
    }

    pub(crate) fn failure(&self) -> Option<AuthFailure> {
        lock(&self.failure).clone()
    }

    pub(super) fn mark_guarded(&self) {
        self.guarded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Relaxed)
    }

    pub(crate) fn set_cookie(&self, cookie: PendingCookie) {
        lock(&self.cookies).push(cookie);
    }

    pub(crate) fn take_cookies(&self) -> Vec<PendingCookie> {
        std::mem::take(&mut *lock(&self.cookies))
    }
}

impl SessionSlot {
    fn load(request: &Request<'_>, logto: &Logto) -> Self {
        let presented = logto.0.cookies.read(request.headers().get("cookie"));
        let (config, now) = (&logto.0.config, logto.0.clock.now());
        let mut slot = Slot { session: None, change: Change::None };
        if let Some(session) = presented.session {
            match session.life(config.session, now, config.leeway) {
                Life::Over => {}
                life => {
                    let revision = session.revision;
                    slot.session = logto.0.tokens.newest(session).map(|mut session| {
                        // An older copy than this process knows: the browser has missed an answer.
                        let is_stale = session.revision != revision;
                        if life == Life::DueForRenewal || presented.with_old_key || is_stale {
                            session.seen = now;
                            slot.change = Change::Write;
                        }
                        session
                    });
                }
            }
        }
        // Cookies that open no living session are of no use to anybody.
        if slot.session.is_none() && !presented.names.is_empty() {
            slot.change = Change::Remove;
        }
        SessionSlot { presented: presented.names, current: Mutex::new(slot) }
    }

    pub(crate) fn session(&self) -> Option<Session> {
        lock(&self.current).session.clone()
    }

    /// From now on this is the session.
    pub(crate) fn replace(&self, session: Session) {
        *lock(&self.current) = Slot { session: Some(session), change: Change::Write };
    }

    /// From now on there is none.
    pub(crate) fn end(&self) {
        *lock(&self.current) = Slot { session: None, change: Change::Remove };
    }

    pub(crate) fn outcome(&self) -> (Option<Session>, Change) {
        let slot = lock(&self.current);
        (slot.session.clone(), slot.change)
    }

    /// A valid access token, fetched if need be; the session is changed accordingly.
    pub(crate) async fn token(&self, logto: &Logto, wanted: &Wanted) -> Result<HeldToken, Error> {
        let session = self.session().ok_or(Error::SessionEnded)?;
        match logto.0.tokens.obtain(&session, wanted).await {
            Ok(obtained) => {
                if let Some(mut newer) = obtained.session {
                    newer.seen = logto.0.clock.now();
                    self.replace(newer);
                }
                Ok(obtained.token)
            }
            Err(Error::SessionEnded) => {
                self.end();
                Err(Error::SessionEnded)
            }
            Err(other) => Err(other),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
