//! What this process knows of a session beyond what a request happened to bring.
//!
//! A browser that sends ten requests at once sends the same cookie with each. The first refresh changes
//! the session; the other nine, and whoever is late, must see the change although their cookie does not
//! hold it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::MutexGuard as TurnGuard;

use super::writing::Edit;
use super::{Session, SessionId};
use crate::clock::{Clock, UnixTime};
use crate::error::Unavailable;

/// How long a change is remembered for late readers.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long an end is: longer than any request that could bring the session back.
pub(super) const END_REMEMBERED: Duration = Duration::from_secs(600);
/// How long requests of one session share a failure of Logto's.
const FAILURE_SHARED: Duration = Duration::from_secs(1);
/// The memory is swept when this many sessions were added since the last time.
const SWEEP_EVERY: usize = 256;

pub(super) struct Lineages {
    clock: Clock,
    /// How long a change that no browser has brought back yet is remembered.
    undelivered: Duration,
    known: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    by_id: HashMap<SessionId, Arc<Lineage>>,
    added: usize,
}

/// One session, from its sign-in through every refresh.
pub(crate) struct Lineage {
    clock: Clock,
    /// Held by the one who talks to Logto.
    turn: tokio::sync::Mutex<()>,
    /// Held by the one who writes to the store; what the store has not taken yet.
    unsaved: tokio::sync::Mutex<Vec<Edit>>,
    state: Mutex<State>,
}

struct State {
    touched: UnixTime,
    newest: Option<Arc<Session>>,
    /// The newest holds a refresh token that no request has brought along yet: it exists here alone.
    undelivered: bool,
    ended: Option<End>,
    failure: Option<(UnixTime, Unavailable)>,
    /// When somebody last set out to write the session for its idle time.
    renewed: Option<UnixTime>,
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
    Alive(Arc<Session>),
    Ended(End),
}

impl Lineages {
    pub(super) fn new(clock: Clock, undelivered: Duration) -> Self {
        Lineages { clock, undelivered, known: Mutex::default() }
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
            known.by_id.retain(|_, lineage| {
                Arc::strong_count(lineage) > 1 || !lineage.is_forgotten(now, self.undelivered)
            });
        }
        let lineage = Arc::new(Lineage::new(self.clock.clone()));
        known.by_id.insert(id, Arc::clone(&lineage));
        lineage
    }

    fn known(&self) -> MutexGuard<'_, Memory> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn newest(&self, session: Arc<Session>) -> Known {
        match (self.ended, &self.newest) {
            (Some(end), _) => Known::Ended(end),
            (None, Some(newest)) if newest.revision > session.revision => Known::Alive(Arc::clone(newest)),
            (None, _) => Known::Alive(session),
        }
    }
}

impl Lineage {
    fn new(clock: Clock) -> Self {
        let state = State {
            touched: clock.now(),
            newest: None,
            undelivered: false,
            ended: None,
            failure: None,
            renewed: None,
        };
        Lineage {
            clock,
            turn: tokio::sync::Mutex::default(),
            unsaved: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// Waits until nobody else of this process talks to Logto for this session.
    pub(crate) async fn turn(&self) -> TurnGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The changes that the store has not taken. Whoever holds them is the one of this process who writes.
    pub(super) async fn unsaved(&self) -> TurnGuard<'_, Vec<Edit>> {
        self.unsaved.lock().await
    }

    /// The newer of `session` and what is remembered.
    pub(crate) fn newest(&self, session: Arc<Session>) -> Known {
        self.state().newest(session)
    }

    /// The newer of `session`, which a request brought along, and what is remembered. What it holds is no longer
    /// here alone.
    pub(super) fn brought(&self, session: Arc<Session>) -> Known {
        let mut state = self.state();
        if state.newest.as_ref().is_none_or(|newest| newest.revision <= session.revision) {
            state.undelivered = false;
        }
        state.newest(session)
    }

    /// Changes the newest of `session` and what is remembered, as a new revision: a request may have loaded
    /// the one before at any moment, and must not take it for the newest.
    pub(super) fn change(&self, session: &Session, edit: impl FnOnce(&mut Session)) -> Known {
        let mut state = self.state();
        if let Some(end) = state.ended {
            return Known::Ended(end);
        }
        let mut newest = match &state.newest {
            Some(newest) if newest.revision > session.revision => Session::clone(newest),
            _ => session.clone(),
        };
        let before = newest.refresh_token.clone();
        edit(&mut newest);
        newest.revision = newest.revision.wrapping_add(1);
        state.undelivered |= newest.refresh_token != before;
        let newest = Arc::new(newest);
        state.newest = Some(Arc::clone(&newest));
        state.failure = None;
        state.touched = self.clock.now();
        Known::Alive(newest)
    }

    /// Remembers what the store has now, with all that was not saved before.
    pub(super) fn saved(&self, session: &Arc<Session>) {
        let mut state = self.state();
        if state.ended.is_none() {
            state.newest = Some(Arc::clone(session));
            state.undelivered = false;
            state.failure = None;
            state.touched = self.clock.now();
        }
    }

    pub(super) fn end(&self, end: End) {
        let mut state = self.state();
        state.newest = None;
        state.undelivered = false;
        // What is known first is known best: others only notice that it is gone.
        state.ended.get_or_insert(end);
        state.touched = self.clock.now();
    }

    /// True for one of all who would write a session for its idle time within a second.
    pub(super) fn may_renew(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        let first = state.renewed != Some(now);
        state.renewed = Some(now);
        first
    }

    /// Logto was not there for another request of this session a moment ago: asking again now would only
    /// make the queue longer.
    pub(crate) fn failed_a_moment_ago(&self) -> Option<Unavailable> {
        let now = self.clock.now();
        let state = self.state();
        state
            .failure
            .as_ref()
            .filter(|(at, _)| now >= *at && now.since(*at) < FAILURE_SHARED)
            .map(|(_, failure)| failure.clone())
    }

    pub(crate) fn note_failure(&self, unavailable: &Unavailable) {
        let now = self.clock.now();
        let mut state = self.state();
        if state.failure.as_ref().is_none_or(|(at, _)| now.since(*at) >= FAILURE_SHARED || now < *at) {
            state.failure = Some((now, unavailable.clone()));
        }
    }

    fn is_forgotten(&self, now: UnixTime, undelivered: Duration) -> bool {
        let state = self.state();
        let kept = match state.ended {
            Some(_) => END_REMEMBERED,
            None if state.undelivered => undelivered,
            None => REMEMBERED,
        };
        now.since(state.touched) >= kept
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Secret;

    fn lineages() -> Lineages {
        Lineages::new(Clock::system(), Duration::from_secs(86_400))
    }

    fn alive(known: Known) -> Arc<Session> {
        match known {
            Known::Alive(session) => session,
            Known::Ended(end) => panic!("it has ended: {end:?}"),
        }
    }

    #[test]
    fn i05_whoever_loaded_a_session_between_two_changes_sees_the_second() {
        let presented = Session::for_test("s", UnixTime(1));
        let lineage = lineages().of(presented.id);
        let between = alive(lineage.change(&presented, |_| {}));
        alive(lineage.change(&between, |session| session.sid = Some("second".to_owned())));
        assert_eq!(alive(lineage.newest(between)).sid.as_deref(), Some("second"));
    }

    #[test]
    fn two_changes_of_one_revision_are_both_kept() {
        let presented = Session::for_test("s", UnixTime(1));
        let lineage = lineages().of(presented.id);
        alive(lineage.change(&presented, |session| session.refresh_token = Some(Secret::new("new"))));
        let both = alive(lineage.change(&presented, |session| session.sid = Some("sid".to_owned())));
        assert_eq!(both.refresh_token.as_ref().expect("kept").expose(), "new");
        assert_eq!(both.sid.as_deref(), Some("sid"));
    }

    #[test]
    fn a_rotated_refresh_token_is_remembered_until_a_browser_has_it() {
        let presented = Arc::new(Session::for_test("s", UnixTime(1)));
        let lineage = Lineage::new(Clock::new(|| std::time::UNIX_EPOCH));
        let (day, hour) = (Duration::from_secs(86_400), UnixTime(3_600));
        let newest =
            alive(lineage.change(&presented, |session| session.refresh_token = Some(Secret::new("new"))));
        assert!(!lineage.is_forgotten(hour, day), "it is nowhere else");
        alive(lineage.brought(Arc::clone(&presented)));
        assert!(!lineage.is_forgotten(hour, day), "the request came with the old one");
        alive(lineage.brought(newest));
        assert!(lineage.is_forgotten(hour, day));
    }
}
