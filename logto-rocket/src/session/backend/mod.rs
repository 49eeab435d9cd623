//! Where sessions are kept: in the browser's cookies or in a store. Nothing above this module asks which.

mod cookie;
mod postponed_writes;
mod records;
mod refresh_lease;
mod store;
mod writes;

use std::sync::Arc;

pub(super) use cookie::CookieBackend;
pub(super) use records::SessionRecords;
pub(crate) use refresh_lease::LeaseOutcome;
pub(super) use store::StoreBackend;

use super::cookie_names::{PresentedNames, SetCookie};
use super::data::{DataChange, DataEntries};
use super::handle::SessionHandle;
use super::lookup::{ResponseAction, SessionLookup, SessionReference, UnresolvedSession};
use super::model::{EndReason, Session, SessionUpdate};
use super::store::StoreKey;
use crate::clock::UnixTime;
use crate::error::Error;

pub(super) enum Backend {
    Cookie(CookieBackend),
    Store(StoreBackend),
}

/// A session of a list, whose cookie is not at hand.
pub(crate) struct ListedSession {
    pub(crate) session: Arc<Session>,
    record: StoreKey,
}

impl Backend {
    /// The session that cookies lead to. At least one session cookie is among them.
    pub(super) async fn lookup(&self, cookies: &[(&str, &str)]) -> SessionLookup {
        match self {
            Backend::Cookie(backend) => backend.lookup(cookies).await,
            Backend::Store(backend) => backend.lookup(cookies).await,
        }
    }

    /// The newest there is of a session, wherever it is kept and in this process.
    pub(super) async fn reload(&self, handle: &SessionHandle) -> Result<SessionHandle, Error> {
        match self {
            Backend::Cookie(backend) => backend.reload(handle).await,
            Backend::Store(backend) => backend.reload(handle).await,
        }
    }

    /// Keeps a new session.
    pub(super) async fn insert(&self, session: Session) -> Result<SessionHandle, Error> {
        match self {
            Backend::Cookie(backend) => backend.insert(session),
            Backend::Store(backend) => backend.insert(session).await,
        }
    }

    /// Changes a session for all who have it.
    pub(super) async fn update(
        &self,
        handle: &SessionHandle,
        update: SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        match self {
            Backend::Cookie(backend) => backend.update(handle, update).await,
            Backend::Store(backend) => backend.update(handle, update).await,
        }
    }

    /// Changes what the application keeps in a session.
    pub(super) async fn change_data(
        &self,
        handle: &SessionHandle,
        change: &mut DataChange<'_>,
    ) -> Result<SessionHandle, Error> {
        match self {
            Backend::Cookie(backend) => backend.change_data(handle, change).await,
            Backend::Store(backend) => backend.change_data(handle, change).await,
        }
    }

    /// Ends a session for all who have it, as its browser has another one now. Returns what the application keeps in it,
    /// with every change that was answered as a success.
    pub(super) async fn replace(&self, handle: &SessionHandle) -> Result<DataEntries, Error> {
        match self {
            Backend::Cookie(backend) => backend.replace(handle).await,
            Backend::Store(backend) => backend.replace(handle).await,
        }
    }

    /// Ends a session for all who have it, as soon as the store does its part.
    pub(super) async fn end(&self, handle: &SessionHandle, reason: EndReason) {
        match self {
            Backend::Cookie(backend) => backend.end(handle, reason).await,
            Backend::Store(backend) => backend.end(handle, reason).await,
        }
    }

    /// Ends a session of which nobody could tell whether it lives.
    pub(super) async fn end_unresolved(&self, session: &UnresolvedSession, reason: EndReason) {
        match (self, &session.reference) {
            (_, SessionReference::Opened(handle)) => self.end(handle, reason).await,
            (Backend::Store(backend), SessionReference::Located(locator)) => {
                backend.end_located(locator).await;
            }
            (Backend::Cookie(_), SessionReference::Located(_)) => {}
        }
    }

    /// Whether the browser of this session has another one now, whose cookies have the same names.
    pub(super) async fn was_replaced(&self, handle: &SessionHandle) -> bool {
        match self {
            Backend::Cookie(_) => CookieBackend::was_replaced(handle),
            Backend::Store(backend) => backend.was_replaced(handle).await,
        }
    }

    /// The right to refresh a session's tokens, which one process has at a time.
    pub(super) async fn refresh_lease(
        &self,
        handle: &SessionHandle,
        is_done: impl Fn(&Session) -> bool,
    ) -> Result<LeaseOutcome, Error> {
        match self {
            Backend::Cookie(_) => CookieBackend::refresh_lease(handle),
            Backend::Store(backend) => backend.refresh_lease(handle, is_done).await,
        }
    }

    /// The cookies for an answer. `action` is not [`ResponseAction::Expire`], which needs no session.
    pub(super) async fn response_cookies(
        &self,
        handle: &SessionHandle,
        action: ResponseAction,
        presented: &PresentedNames,
    ) -> Result<Vec<SetCookie>, Error> {
        match self {
            Backend::Cookie(backend) => backend.response_cookies(handle, action, presented),
            Backend::Store(backend) => backend.response_cookies(handle, action, presented).await,
        }
    }

    /// The living sessions of a user. `None` where only their browsers know.
    pub(super) async fn list(&self, subject: &str) -> Result<Option<Vec<ListedSession>>, Error> {
        match self {
            Backend::Cookie(_) => Ok(None),
            Backend::Store(backend) => backend.list(subject).await.map(Some),
        }
    }

    pub(super) async fn end_listed(&self, listed: &ListedSession) -> Result<(), Error> {
        match self {
            // Nothing is listed there.
            Backend::Cookie(_) => Ok(()),
            Backend::Store(backend) => backend.end_listed(listed).await,
        }
    }

    /// Removes the sessions with this `sid`; with a `subject`, only those of that user. Cookies are out of reach:
    /// a revocation mark ends what they hold, here and below.
    pub(super) async fn remove_sid(&self, sid: &str, subject: Option<&str>) -> Result<(), Error> {
        match self {
            Backend::Cookie(_) => Ok(()),
            Backend::Store(backend) => backend.remove_sid(sid, subject).await,
        }
    }

    /// Removes every session of a user.
    pub(super) async fn remove_subject(&self, subject: &str) -> Result<(), Error> {
        match self {
            Backend::Cookie(_) => Ok(()),
            Backend::Store(backend) => backend.remove_subject(subject).await,
        }
    }

    /// Removes the sessions of a user that began until `cut`.
    pub(super) async fn remove_older(&self, subject: &str, cut: UnixTime) -> Result<(), Error> {
        match self {
            Backend::Cookie(_) => Ok(()),
            Backend::Store(backend) => backend.remove_older(subject, cut).await,
        }
    }

    /// Whether a change reaches the browser with an answer alone, and is lost where it does not.
    pub(super) fn needs_response(&self) -> bool {
        matches!(self, Backend::Cookie(_))
    }
}
