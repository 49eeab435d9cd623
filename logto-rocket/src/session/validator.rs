//! Whether a session that was opened is still valid: by its limits, and by what this process knows of it.

use std::sync::Arc;
use std::time::Duration;

use super::handle::{SessionHandle, StoreLocator};
use super::local_state::LocalSessionStates;
use super::lookup::SessionLookup;
use super::model::{EndReason, Session, SessionValidity};
use super::session_end::SessionEnds;
use crate::clock::Clock;
use crate::config::SessionLimits;

pub(super) struct SessionValidator {
    local_states: LocalSessionStates,
    limits: SessionLimits,
    leeway: Duration,
    clock: Clock,
    ends: Arc<SessionEnds>,
}

impl SessionValidator {
    pub(super) fn new(limits: SessionLimits, leeway: Duration, clock: Clock, ends: Arc<SessionEnds>) -> Self {
        // A change that no browser has brought back yet is remembered for as long as one may.
        let local_states = LocalSessionStates::new(clock.clone(), limits.idle);
        SessionValidator { local_states, limits, leeway, clock, ends }
    }

    /// A handle for a session that has just begun, or is known to be valid.
    pub(super) fn handle(&self, session: Arc<Session>, locator: Option<Arc<StoreLocator>>) -> SessionHandle {
        let local_state = self.local_states.of(session.id);
        SessionHandle::new(session, local_state, locator)
    }

    /// Judges a session that a request presented.
    pub(super) fn validate(
        &self,
        session: Arc<Session>,
        locator: Option<Arc<StoreLocator>>,
        with_old_key: bool,
    ) -> SessionLookup {
        let validity = self.validity(&session);
        match validity {
            SessionValidity::NotYetValid => return SessionLookup::NotYetValid,
            SessionValidity::Expired => {
                self.ends.expired(&session);
                return SessionLookup::Ended(EndReason::Terminated);
            }
            SessionValidity::Valid | SessionValidity::RenewalDue => {}
        }
        let (revision, local_state) = (session.revision, self.local_states.of(session.id));
        match local_state.presented(session) {
            Err(reason) => SessionLookup::Ended(reason),
            Ok(newest) => {
                let renewal_due = validity == SessionValidity::RenewalDue || with_old_key;
                let handle = SessionHandle::new(newest, local_state, locator);
                SessionLookup::Active(handle.presented(revision, renewal_due))
            }
        }
    }

    pub(super) fn validity(&self, session: &Session) -> SessionValidity {
        session.validity(self.limits, self.clock.now(), self.leeway)
    }
}
