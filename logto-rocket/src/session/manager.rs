//! The only way to sessions: what a request presents, how a session changes, and how it ends.

use std::sync::Arc;

use super::authorization_age::Ages;
use super::backend::{Backend, CookieBackend, LeaseOutcome, ListedSession, SessionRecords, StoreBackend};
use super::cookie_names::{CookieNames, PresentedNames, SetCookie};
use super::cookies::SessionCookies;
use super::data::{DataChange, DataEntries};
use super::handle::SessionHandle;
use super::idempotency::Idempotency;
use super::ids::SessionIds;
use super::keyspace::KeySpace;
use super::lookup::{Presented, ResponseAction, SessionLookup, UnresolvedSession};
use super::model::{EndReason, Session, SessionUpdate};
use super::revocations::{MarkSources, Revocations};
use super::seal::KeyRing;
use super::session_end::SessionEnds;
use super::store::{BoundedStore, StoreError};
use super::validator::SessionValidator;
use crate::clock::{Clock, UnixTime};
use crate::config::WebAppConfig;
use crate::error::Error;
use crate::types::OrganizationId;

pub(crate) struct SessionManager {
    backend: Backend,
    cookies: Arc<SessionCookies>,
    revocations: Arc<Revocations>,
    idempotency: Idempotency,
    ages: Ages,
    ends: Arc<SessionEnds>,
}

impl SessionManager {
    /// `store` has what all processes share, and the sessions too where `in_store` says so.
    pub(crate) fn open(
        config: &WebAppConfig,
        names: CookieNames,
        keys: &Arc<KeyRing>,
        store: BoundedStore,
        in_store: bool,
        ends: SessionEnds,
        clock: &Clock,
    ) -> Self {
        let (limits, clock, ends) = (config.session, clock.clone(), Arc::new(ends));
        let key_space = KeySpace::new(&config.app.id, &config.environment());
        let sources = MarkSources {
            permissions: !config.webhook_signing_keys.is_empty(),
            user_updates: config.end_sessions_on_user_update,
        };
        let revocations =
            Revocations::new(store.clone(), key_space.clone(), clock.clone(), sources, limits.absolute);
        let revocations = Arc::new(revocations);
        let idempotency = Idempotency::new(store.clone(), key_space.clone(), clock.clone());
        let ages = Ages::new(config.authorization, Arc::clone(&revocations), clock.clone());
        let cookies = Arc::new(SessionCookies::new(Arc::clone(keys), names));
        let validator =
            Arc::new(SessionValidator::new(limits, config.leeway, clock.clone(), Arc::clone(&ends)));
        let backend = if in_store {
            let ids = SessionIds::new(config);
            let records = SessionRecords::new(store, Arc::clone(keys), ids, key_space, limits, clock.clone());
            Backend::Store(StoreBackend::new(records, Arc::clone(&cookies), validator, clock))
        } else {
            let revocations = Arc::clone(&revocations);
            Backend::Cookie(CookieBackend::new(Arc::clone(&cookies), validator, revocations, clock))
        };
        SessionManager { backend, cookies, revocations, idempotency, ages, ends }
    }

    /// Who is told that sessions have ended.
    pub(crate) fn ends(&self) -> &SessionEnds {
        &self.ends
    }

    /// What tokens and roles must be younger than.
    pub(crate) fn ages(&self) -> &Ages {
        &self.ages
    }

    /// What must happen once in all processes that share the store.
    pub(crate) fn idempotency(&self) -> &Idempotency {
        &self.idempotency
    }

    /// Whether a change reaches the browser with an answer alone.
    pub(crate) fn needs_response(&self) -> bool {
        self.backend.needs_response()
    }

    /// The session that cookies lead to. No store is asked without a session cookie.
    pub(crate) async fn lookup(&self, cookies: &[(&str, &str)]) -> Presented {
        let names = self.cookies.presented(cookies);
        let lookup =
            if names.is_empty() { SessionLookup::Absent } else { self.backend.lookup(cookies).await };
        Presented { names, lookup }
    }

    /// The newest there is of a session.
    pub(crate) async fn newest(&self, handle: &SessionHandle) -> Result<SessionHandle, Error> {
        self.backend.reload(handle).await
    }

    /// Whether what all processes share answers: asked before something is spent that a new session needs.
    ///
    /// # Errors
    ///
    /// That it does not.
    pub(crate) async fn is_ready(&self) -> Result<(), Error> {
        Ok(self.revocations.is_ready().await?)
    }

    /// Keeps a new session, whose sign-in had begun at `began`.
    pub(crate) async fn begin(&self, session: Session, began: UnixTime) -> Result<SessionHandle, Error> {
        let handle = self.backend.insert(session).await?;
        // After the insert: a call that ends the user's sessions at the same time either finds this one, or is found here.
        match self.ended_meanwhile(&handle).await {
            Ok(None) => Ok(handle),
            Ok(Some(ended)) if ended <= began => {
                let mut session = Session::clone(&handle);
                session.created = session.created.max(UnixTime(ended.0.saturating_add(1)));
                Ok(handle.with(Arc::new(session)))
            }
            over => {
                self.end(&handle, EndReason::Terminated).await;
                Err(over.map_or_else(Error::from, |_| Error::SessionEnded))
            }
        }
    }

    /// When a session that has just begun was ended, if it was.
    async fn ended_meanwhile(&self, session: &Session) -> Result<Option<UnixTime>, StoreError> {
        if self.revocations.sid_has_ended(session).await? {
            return Ok(Some(UnixTime(i64::MAX)));
        }
        self.revocations.subject_ended(&session.subject).await
    }

    /// Changes a session for all who have it. What the store does not take now is kept in this process and
    /// offered to it again: a refresh token may be in it that exists nowhere else.
    pub(crate) async fn update(
        &self,
        handle: &SessionHandle,
        update: SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        self.backend.update(handle, update).await
    }

    /// Changes what the application keeps in a session. What the store does not take is not changed.
    pub(crate) async fn change_data(
        &self,
        handle: &SessionHandle,
        change: &mut DataChange<'_>,
    ) -> Result<SessionHandle, Error> {
        self.backend.change_data(handle, change).await
    }

    /// Ends a session whose browser has another one now, for everybody who has it. Returns what the application keeps
    /// in it, with every change that was answered as a success. Later changes are refused.
    pub(crate) async fn replace(&self, handle: &SessionHandle) -> DataEntries {
        match self.backend.replace(handle).await {
            Ok(data) => data,
            Err(Error::Store(error)) => {
                tracing::warn!(target: "logto", "the newest data of a session that a new sign-in replaces could not be read, so the new session has the data that this process knows: {error}");
                let newest = handle.newest();
                self.backend.end(handle, EndReason::Replaced).await;
                newest.as_ref().unwrap_or(handle).data.clone()
            }
            // It has ended, and its data with it; or another request has moved the data.
            Err(_) => {
                self.backend.end(handle, EndReason::Replaced).await;
                DataEntries::default()
            }
        }
    }

    /// Ends a session, for everybody who has it.
    pub(crate) async fn end(&self, handle: &SessionHandle, reason: EndReason) {
        self.backend.end(handle, reason).await;
    }

    /// Ends a session of which nobody could tell whether it lives.
    pub(crate) async fn end_unresolved(&self, session: &UnresolvedSession, reason: EndReason) {
        self.backend.end_unresolved(session, reason).await;
    }

    /// Whether the browser of this session has another one now, whose cookies have the same names: then an answer
    /// that comes late must not remove them.
    pub(crate) async fn was_replaced(&self, handle: &SessionHandle) -> bool {
        self.backend.was_replaced(handle).await
    }

    /// The lease that one process at a time has, to refresh a session's tokens. Unless it `is_done` by then, the
    /// returned session is the newest.
    pub(crate) async fn refresh_lease(
        &self,
        handle: &SessionHandle,
        is_done: impl Fn(&Session) -> bool,
    ) -> Result<LeaseOutcome, Error> {
        self.backend.refresh_lease(handle, is_done).await
    }

    /// The cookies for an answer. `handle` is what the request ended with.
    pub(crate) async fn response_cookies(
        &self,
        handle: Option<&SessionHandle>,
        action: ResponseAction,
        presented: &PresentedNames,
    ) -> Result<Vec<SetCookie>, Error> {
        match (action, handle) {
            (ResponseAction::Expire, _) => Ok(self.cookies.expire(presented)),
            (_, None) => Ok(Vec::new()),
            (_, Some(handle)) => self.backend.response_cookies(handle, action, presented).await,
        }
    }

    /// The living sessions of a user. `None` where only their browsers know.
    pub(crate) async fn of_subject(&self, subject: &str) -> Result<Option<Vec<ListedSession>>, Error> {
        self.backend.list(subject).await
    }

    /// Ends a session of [`of_subject`](Self::of_subject).
    pub(crate) async fn end_listed(&self, listed: &ListedSession) -> Result<(), Error> {
        self.backend.end_listed(listed).await
    }

    /// Ends the session that Logto calls `sid`; with a `subject`, only if it is that user's.
    pub(crate) async fn end_sid(&self, sid: &str, subject: Option<&str>) -> Result<(), Error> {
        // First, so that a sign-in under way either is found below or finds this.
        self.revocations.mark_sid(sid, subject).await?;
        self.backend.remove_sid(sid, subject).await
    }

    /// Ends every session of a user that exists now, and every one whose sign-in is under way.
    pub(crate) async fn end_subject(&self, subject: &str) -> Result<(), Error> {
        self.revocations.mark_subject(subject).await?;
        self.backend.remove_subject(subject).await
    }

    /// Ends the sessions of a user that began until `cut`. A sign-in that is under way goes on.
    pub(crate) async fn end_older(&self, subject: &str, cut: UnixTime) -> Result<(), Error> {
        self.revocations.mark_older(subject, cut).await?;
        self.backend.remove_older(subject, cut).await
    }

    /// Whatever sessions hold of this organization is fetched anew before it is believed again.
    pub(crate) async fn forget_organization(&self, organization: &OrganizationId) -> Result<(), Error> {
        self.revocations.forget_organization(organization).await
    }

    /// Whatever sessions hold of what anybody may do is fetched anew before it is believed again.
    pub(crate) async fn forget_permissions(&self) -> Result<(), Error> {
        self.revocations.forget_permissions().await
    }
}
