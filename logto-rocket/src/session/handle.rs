//! A session as one request works with it.

use std::ops::Deref;
use std::sync::Arc;

use super::local_state::LocalSessionState;
use super::model::{EndReason, Session};
use super::store::StoreKey;
use crate::types::Secret;

/// An immutable snapshot of a session, and what this process knows of the session. A change makes a new handle.
#[derive(Clone)]
pub(crate) struct SessionHandle {
    session: Arc<Session>,
    /// Held while the request runs, so that nothing is forgotten meanwhile.
    local_state: Arc<LocalSessionState>,
    /// Where the session is stored, unless in cookies.
    locator: Option<Arc<StoreLocator>>,
    /// Of the session as the request presented it.
    presented_revision: u64,
    renewal_due: bool,
}

/// Where a session is stored, and the cookie's value that leads there.
#[derive(Debug, Clone)]
pub(crate) struct StoreLocator {
    pub(super) cookie: Secret,
    pub(super) record: StoreKey,
}

impl SessionHandle {
    pub(super) fn new(
        session: Arc<Session>,
        local_state: Arc<LocalSessionState>,
        locator: Option<Arc<StoreLocator>>,
    ) -> Self {
        let presented_revision = session.revision;
        SessionHandle { session, local_state, locator, presented_revision, renewal_due: false }
    }

    /// The session was presented in this revision, which need not be its newest.
    pub(super) fn presented(self, revision: u64, renewal_due: bool) -> Self {
        SessionHandle { presented_revision: revision, renewal_due, ..self }
    }

    /// The same session, changed.
    pub(super) fn with(&self, session: Arc<Session>) -> Self {
        SessionHandle { session, ..self.clone() }
    }

    pub(crate) fn snapshot(&self) -> &Arc<Session> {
        &self.session
    }

    pub(crate) fn local_state(&self) -> &LocalSessionState {
        &self.local_state
    }

    /// The newer of this snapshot and what this process remembers.
    ///
    /// # Errors
    ///
    /// That the session has ended, and how.
    pub(crate) fn newest(&self) -> Result<SessionHandle, EndReason> {
        let newest = self.local_state.newest(Arc::clone(&self.session))?;
        Ok(self.with(newest))
    }

    /// Whether the session is still the one that the request presented.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.revision == self.presented_revision && !self.local_state.has_changed_since(self.revision)
    }

    pub(super) fn locator(&self) -> Option<&Arc<StoreLocator>> {
        self.locator.as_ref()
    }

    pub(super) fn presented_revision(&self) -> u64 {
        self.presented_revision
    }

    /// Whether it has to be written, so that it does not count as idle or stay sealed with an old key.
    pub(crate) fn is_renewal_due(&self) -> bool {
        self.renewal_due
    }
}

impl Deref for SessionHandle {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
