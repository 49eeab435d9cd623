//! Writes that the store did not accept, retried until it does. They are in three queues, so that writes that strangers
//! can cause take no room from the rest.

use std::time::Duration;

use super::super::postponed::{Enqueued, Postponed};
use super::super::store::StoreKey;

/// How long a write is retried.
const RETRIED_FOR: Duration = Duration::from_secs(600);
/// The most sessions with unsaved changes. Each session was opened, so strangers cannot cause one.
const UPDATES: usize = 1_024;
/// The most ends of sessions whose ids this application is known to have made.
const ENDS: usize = 65_536;
/// The most ends of sessions whose ids may be invented, as the store cannot be asked.
const UNPROVEN_ENDS: usize = 256;

pub(super) struct PostponedWrites {
    updates: Postponed<StoreKey>,
    ends: Postponed<StoreKey>,
    unproven_ends: Postponed<StoreKey>,
}

/// What is known about the id of a session that is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The session was opened, or this application has made its id.
    Made,
    /// The id may be invented.
    Unproven,
}

impl PostponedWrites {
    pub(super) fn new() -> Self {
        PostponedWrites {
            updates: Postponed::new(UPDATES, RETRIED_FOR, || log_expiry("keep a change of a session")),
            ends: Postponed::new(ENDS, RETRIED_FOR, || log_expiry("end a session")),
            unproven_ends: Postponed::new(UNPROVEN_ENDS, RETRIED_FOR, || log_expiry("end a session")),
        }
    }

    /// Retries the unsaved changes of the session under `key`. `work` returns true once the store has accepted them.
    pub(super) fn update<F>(&self, key: StoreKey, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        log_if_full(self.updates.enqueue(key, work), "keep a change of a session");
    }

    /// Retries the end of the session under `key`.
    pub(super) fn end<F>(&self, proof: Proof, key: StoreKey, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let queue = if proof == Proof::Made { &self.ends } else { &self.unproven_ends };
        log_if_full(queue.enqueue(key, work), "end a session");
    }
}

fn log_if_full(enqueued: Enqueued, what: &'static str) {
    if enqueued == Enqueued::QueueFull {
        tracing::error!(target: "logto", "too many operations are waiting for the session store, so one was dropped ({what}); restore the store");
    }
}

fn log_expiry(what: &'static str) {
    tracing::error!(target: "logto", "the session store has been unavailable for ten minutes, so an operation was dropped ({what}); restore the store");
}
