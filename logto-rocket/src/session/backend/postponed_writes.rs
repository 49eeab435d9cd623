//! What the store did not take, offered again until it does. In three pools: what strangers can cause takes no room
//! from the rest.

use std::time::Duration;

use super::super::postponed::{Postponed, Put};
use super::super::store::StoreKey;

/// How long something that the store did not take is offered again.
const OFFERED_FOR: Duration = Duration::from_secs(600);
/// How many sessions with changes wait for the store. Each was opened: strangers cannot cause one.
const UPDATES: usize = 1_024;
/// How many ends of sessions that this application has made.
const ENDS: usize = 65_536;
/// How many ends of sessions that may have been invented, while nobody can look.
const UNPROVEN_ENDS: usize = 256;

pub(super) struct PostponedWrites {
    updates: Postponed<StoreKey>,
    ends: Postponed<StoreKey>,
    unproven_ends: Postponed<StoreKey>,
}

/// Whose session is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It was opened, or this application has made its id.
    Made,
    /// Its id may be invented.
    Unproven,
}

impl PostponedWrites {
    pub(super) fn new() -> Self {
        PostponedWrites {
            updates: Postponed::new(UPDATES, OFFERED_FOR, || given_up("keep a change of a session")),
            ends: Postponed::new(ENDS, OFFERED_FOR, || given_up("end a session")),
            unproven_ends: Postponed::new(UNPROVEN_ENDS, OFFERED_FOR, || given_up("end a session")),
        }
    }

    /// Offers the changes of the session under `key` again. `work` is true once the store has taken them.
    pub(super) fn update<F>(&self, key: StoreKey, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        note_room(self.updates.put(key, work), "keep a change of a session");
    }

    /// Ends a session as soon as the store does its part. `key` names the session.
    pub(super) fn end<F>(&self, proof: Proof, key: StoreKey, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let pool = if proof == Proof::Made { &self.ends } else { &self.unproven_ends };
        note_room(pool.put(key, work), "end a session");
    }
}

fn note_room(put: Put, what: &'static str) {
    if put == Put::NoRoom {
        tracing::error!(target: "logto", "too many operations are waiting for the session store, so one was dropped ({what}); restore the store");
    }
}

fn given_up(what: &'static str) {
    tracing::error!(target: "logto", "the session store has been unavailable for ten minutes, so an operation was dropped ({what}); restore the store");
}
