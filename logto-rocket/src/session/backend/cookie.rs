//! Sessions in the browser: its cookies hold the whole session, sealed.
//!
//! No process can take such a session back. One that has ended leaves a revocation mark, which every request that
//! presents its cookies asks for.

use std::sync::Arc;

use super::super::cookie_names::{PresentedNames, SetCookie};
use super::super::cookies::SessionCookies;
use super::super::data::{DataChange, DataEntries};
use super::super::handle::SessionHandle;
use super::super::lookup::{ResponseAction, SessionLookup, SessionReference, UnresolvedSession};
use super::super::model::{EndReason, Session, SessionUpdate};
use super::super::revocations::Revocations;
use super::super::store::StoreError;
use super::super::validator::SessionValidator;
use super::postponed_writes::{PostponedWrites, Proof};
use super::refresh_lease::{LeaseOutcome, RefreshLease};
use crate::clock::Clock;
use crate::error::Error;

pub(in super::super) struct CookieBackend {
    cookies: Arc<SessionCookies>,
    validator: Arc<SessionValidator>,
    revocations: Arc<Revocations>,
    postponed: PostponedWrites,
    clock: Clock,
}

impl CookieBackend {
    pub(in super::super) fn new(
        cookies: Arc<SessionCookies>,
        validator: Arc<SessionValidator>,
        revocations: Arc<Revocations>,
        clock: Clock,
    ) -> Self {
        CookieBackend { cookies, validator, revocations, postponed: PostponedWrites::new(), clock }
    }

    pub(super) async fn lookup(&self, cookies: &[(&str, &str)]) -> SessionLookup {
        let Some(opened) = self.cookies.read(cookies) else { return SessionLookup::Stale };
        let lookup = match self.validator.validate(opened.session, None, opened.with_old_key) {
            SessionLookup::Active(handle) => {
                let told = self.revocations.has_ended(&handle).await;
                Self::unless_ended(handle, told)
            }
            other => other,
        };
        if matches!(lookup, SessionLookup::Ended(_)) {
            self.cookies.forget(cookies);
        }
        lookup
    }

    fn unless_ended(handle: SessionHandle, told: Result<Option<EndReason>, StoreError>) -> SessionLookup {
        match told {
            Ok(None) => SessionLookup::Active(handle),
            Ok(Some(reason)) => {
                handle.local_state().end(reason);
                SessionLookup::Ended(reason)
            }
            Err(error) => {
                let reference = SessionReference::Opened(handle);
                SessionLookup::Unresolved(Box::new(UnresolvedSession { error, reference }))
            }
        }
    }

    pub(super) async fn reload(&self, handle: &SessionHandle) -> Result<SessionHandle, Error> {
        self.catch_up_with_revocations(handle).await?;
        Ok(handle.newest()?)
    }

    /// Learns whether the session was ended elsewhere.
    async fn catch_up_with_revocations(&self, handle: &SessionHandle) -> Result<(), Error> {
        if let Some(reason) = self.revocations.has_ended(handle).await? {
            handle.local_state().end(reason);
        }
        Ok(())
    }

    /// Nothing is kept but in the browser. A session that its cookies cannot hold is refused here: the browser would
    /// drop it without a word.
    pub(super) fn insert(&self, session: Session) -> Result<SessionHandle, Error> {
        self.cookies.write(&session, &PresentedNames::default())?;
        Ok(self.validator.handle(Arc::new(session), None))
    }

    pub(super) async fn update(
        &self,
        handle: &SessionHandle,
        update: SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        // Another process may have ended it meanwhile. If the store cannot tell, the change is kept.
        if let Ok(Some(reason)) = self.revocations.has_ended(handle).await {
            handle.local_state().end(reason);
        }
        let newest = handle.local_state().update(handle, |newest| update(newest))?;
        Ok(handle.with(newest))
    }

    /// Requests that this process serves at the same time all count. A session that its cookies cannot hold is refused
    /// here, as the browser would drop it.
    pub(super) async fn change_data(
        &self,
        handle: &SessionHandle,
        change: &mut DataChange<'_>,
    ) -> Result<SessionHandle, Error> {
        self.catch_up_with_revocations(handle).await?;
        loop {
            let base = handle.newest()?;
            let mut next = Session::clone(&base);
            if !change(&mut next.data)? {
                return Ok(base);
            }
            self.cookies.write(&next, &PresentedNames::default())?;
            if let Some(next) = handle.local_state().replace(&base, next)? {
                return Ok(handle.with(next));
            }
        }
    }

    /// Ends the session, whose browser has another one now, and returns its data.
    pub(super) async fn replace(&self, handle: &SessionHandle) -> Result<DataEntries, Error> {
        self.catch_up_with_revocations(handle).await?;
        let newest = handle.local_state().take(Arc::clone(handle.snapshot()), EndReason::Replaced)?;
        self.end(handle, EndReason::Replaced).await;
        Ok(newest.data.clone())
    }

    pub(super) async fn end(&self, handle: &SessionHandle, reason: EndReason) {
        handle.local_state().end(reason);
        let Err(error) = self.revocations.mark_session(handle.id, reason).await else { return };
        tracing::warn!(target: "logto", "the revocation mark of a session could not be saved, so copies of its cookies are still accepted elsewhere; the write is retried until the store is available: {error}");
        let (revocations, id) = (Arc::clone(&self.revocations), handle.id);
        self.postponed.end(Proof::Made, revocations.key_of_end(id, reason), move || {
            let revocations = Arc::clone(&revocations);
            async move { revocations.mark_session(id, reason).await.is_ok() }
        });
    }

    pub(super) fn was_replaced(handle: &SessionHandle) -> bool {
        handle.newest().is_err_and(|reason| reason == EndReason::Replaced)
    }

    /// No other process knows the session.
    pub(super) fn refresh_lease(handle: &SessionHandle) -> Result<LeaseOutcome, Error> {
        Ok(LeaseOutcome::Acquired(handle.newest()?, RefreshLease::undisputed()))
    }

    pub(super) fn response_cookies(
        &self,
        handle: &SessionHandle,
        action: ResponseAction,
        presented: &PresentedNames,
    ) -> Result<Vec<SetCookie>, Error> {
        // Other requests may have refreshed the session meanwhile: the newest is written, also where this one failed
        // after its refresh. Or they may have ended it: then it is not brought back.
        let is_asked_for = !matches!(action, ResponseAction::None | ResponseAction::Unrenewed);
        match handle.newest() {
            Ok(newest) if is_asked_for || newest.revision != handle.presented_revision() => {
                let mut newest = Session::clone(&newest);
                let seen = if action == ResponseAction::Unrenewed { newest.seen } else { self.clock.now() };
                newest.seen = handle.local_state().latest_seen(seen);
                self.cookies.write(&newest, presented)
            }
            Ok(_) | Err(EndReason::Replaced) => Ok(Vec::new()),
            Err(EndReason::Terminated) => Ok(self.cookies.expire(presented)),
        }
    }
}
