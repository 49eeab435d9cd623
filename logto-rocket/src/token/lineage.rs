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
use crate::error::Unavailable;
use crate::session::{Session, SessionId};

/// How long a change is remembered for late readers.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long an end is: longer than any request that could bring the session back.
const END_REMEMBERED: Duration = Duration::from_secs(600);
/// How long requests of one session share a failure of Logto's.
const FAILURE_SHARED: Duration = Duration::from_secs(1);
/// The memory is swept when this many sessions were added since the last time.
const SWEEP_EVERY: usize = 256;

pub(super) struct Lineages {
    clock: Clock,
    known: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    by_id: HashMap<SessionId, Arc<Lineage>>,
    added: usize,
}

pub(crate) struct Lineage {
    clock: Clock,
    /// Held by the one who talks to Logto.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    touched: UnixTime,
    newest: Option<Session>,
    ended: Option<End>,
    failure: Option<(UnixTime, Unavailable)>,
}

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Signed out, or dead at Logto.
    Over,
    /// The browser has another session now, under the same names of cookies.
    Replaced,
}

/// What is known of a session.
pub(crate) enum Known {
    Alive(Box<Session>),
    Ended(End),
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

    fn known(&self) -> MutexGuard<'_, Memory> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lineage {
    fn new(clock: Clock) -> Self {
        let state = State { touched: clock.now(), newest: None, ended: None, failure: None };
        Lineage { clock, turn: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    pub(super) async fn turn(&self) -> TurnGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The newer of `session` and what is remembered.
    pub(crate) fn newest(&self, session: Session) -> Known {
        let state = self.state();
        match (state.ended, &state.newest) {
            (Some(end), _) => Known::Ended(end),
            (None, Some(newest)) if newest.revision > session.revision => {
                Known::Alive(Box::new(newest.clone()))
            }
            (None, _) => Known::Alive(Box::new(session)),
        }
    }

    /// Keeps a changed session, as a new revision: a request may have loaded the one before at any moment,
    /// and must not take it for the newest.
    pub(super) fn keep(&self, session: &mut Session) {
        let now = self.clock.now();
        session.revision = session.revision.wrapping_add(1);
        let mut state = self.state();
        if state.ended.is_none() {
            state.newest = Some(session.clone());
            state.failure = None;
            state.touched = now;
        }
    }

    pub(super) fn end(&self, end: End) {
        let now = self.clock.now();
        let mut state = self.state();
        state.newest = None;
        state.ended = Some(end);
        state.touched = now;
    }

    /// Logto was not there for another request of this session a moment ago: asking again now would only
    /// make the queue longer.
    pub(super) fn failed_a_moment_ago(&self) -> Option<Unavailable> {
        let now = self.clock.now();
        let state = self.state();
        state
            .failure
            .as_ref()
            .filter(|(at, _)| now >= *at && now.since(*at) < FAILURE_SHARED)
            .map(|(_, failure)| failure.clone())
    }

    pub(super) fn note_failure(&self, unavailable: &Unavailable) {
        let now = self.clock.now();
        let mut state = self.state();
        if state.failure.as_ref().is_none_or(|(at, _)| now.since(*at) >= FAILURE_SHARED || now < *at) {
            state.failure = Some((now, unavailable.clone()));
        }
    }

    fn is_forgotten(&self, now: UnixTime) -> bool {
        let state = self.state();
        now.since(state.touched) >= if state.ended.is_some() { END_REMEMBERED } else { REMEMBERED }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i05_whoever_loaded_a_session_between_two_changes_sees_the_second() {
        let lineages = Lineages::new(Clock::system());
        let mut changing = Session::for_test("s", UnixTime(1));
        let lineage = lineages.of(changing.id);
        let presented = changing.clone();
        lineage.keep(&mut changing);
        let Known::Alive(between) = lineage.newest(presented) else { panic!("it is alive") };
        changing.sid = Some("second".to_owned());
        lineage.keep(&mut changing);
        let Known::Alive(newest) = lineage.newest(*between) else { panic!("it is alive") };
        assert_eq!(newest.sid.as_deref(), Some("second"));
    }
}
