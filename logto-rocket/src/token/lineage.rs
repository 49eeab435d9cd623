//! What this process knows of a session beyond the cookie that a request happened to bring.
//!
//! A browser that sends ten requests at once sends the same cookie with each. The first refresh changes
//! the session; the other nine, and whoever is late, must see the change although their cookie does not
//! hold it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::MutexGuard as TurnGuard;

use crate::clock::{Clock, UnixTime};
use crate::session::{Session, SessionId};

/// How long a change is remembered for late readers.
const REMEMBERED: Duration = Duration::from_secs(60);
/// The memory is swept when this many sessions were added since the last time.
const SWEEP_EVERY: usize = 256;

pub(super) struct Lineages {
    clock: Clock,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_id: HashMap<SessionId, Arc<Lineage>>,
    added: usize,
}

pub(super) struct Lineage {
    clock: Clock,
    /// Held by the one who talks to Logto.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    touched: UnixTime,
    newest: Option<Session>,
    ended: bool,
}

impl Lineages {
    pub(super) fn new(clock: Clock) -> Self {
        Lineages { clock, known: Mutex::default() }
    }

    pub(super) fn of(&self, id: SessionId) -> Arc<Lineage> {
        let mut known = self.known();
        if let Some(lineage) = known.by_id.get(&id) {
            return Arc::clone(lineage);
        }
        known.added += 1;
        if known.added >= SWEEP_EVERY {
            known.added = 0;
            let now = self.clock.now();
            known.by_id.retain(|_, lineage| Arc::strong_count(lineage) > 1 || !lineage.is_forgotten(now));
        }
        let lineage = Arc::new(Lineage::new(self.clock.clone()));
        known.by_id.insert(id, Arc::clone(&lineage));
        lineage
    }

    pub(super) fn newest(&self, session: Session) -> Option<Session> {
        match self.existing(session.id) {
            Some(lineage) => lineage.newest(session),
            None => Some(session),
        }
    }

    pub(super) fn end(&self, id: SessionId) {
        self.of(id).end();
    }

    fn existing(&self, id: SessionId) -> Option<Arc<Lineage>> {
        self.known().by_id.get(&id).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lineage {
    fn new(clock: Clock) -> Self {
        let state = State { touched: clock.now(), newest: None, ended: false };
        Lineage { clock, turn: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    pub(super) async fn turn(&self) -> TurnGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The newer of `session` and what is remembered; `None` if it has ended.
    pub(super) fn newest(&self, session: Session) -> Option<Session> {
        let state = self.state();
        if state.ended {
            return None;
        }
        match &state.newest {
            Some(newest) if newest.revision > session.revision => Some(newest.clone()),
            _ => Some(session),
        }
    }

    pub(super) fn keep(&self, session: &Session) {
        let now = self.clock.now();
        let mut state = self.state();
        if !state.ended {
            state.newest = Some(session.clone());
            state.touched = now;
        }
    }

    pub(super) fn end(&self) {
        let now = self.clock.now();
        let mut state = self.state();
        state.newest = None;
        state.ended = true;
        state.touched = now;
    }

    fn is_forgotten(&self, now: UnixTime) -> bool {
        now.since(self.state().touched) >= REMEMBERED
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
