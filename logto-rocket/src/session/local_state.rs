//! What this process knows about a session in addition to what a request presents.
//!
//! A browser that sends ten requests at once sends the same cookie with each. The first refresh changes the session. The
//! other nine requests, and later ones, must see the change although their cookie does not contain it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::MutexGuard as AsyncMutexGuard;

use super::cached_token::TokenTarget;
use super::model::{EndReason, Session, SessionId, SessionUpdate};
use super::renewals::Renewals;
use super::store::StoreKey;
use crate::clock::{Clock, UnixTime};
use crate::error::Unavailable;

/// How long a change is remembered for requests with an older cookie.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long the end of a session is remembered: longer than any request that could write the session again.
pub(super) const END_REMEMBERED: Duration = Duration::from_secs(600);
/// How long the requests of one session share a failure of Logto.
const FAILURE_SHARED: Duration = Duration::from_secs(1);
/// The states are spread over this many maps, each with a lock of its own, so that a sweep blocks few requests.
const SHARDS: usize = 64;
/// The fewest sessions that are added to a part between two sweeps of it.
const SWEEP_EVERY: usize = 16;
/// Uses of so many tokens are remembered between two changes of a session.
const USES: usize = 64;

pub(super) struct LocalSessionStates {
    clock: Clock,
    /// How long a change that no browser has brought back yet is remembered.
    undelivered: Duration,
    shards: Vec<Mutex<Shard>>,
}

struct Shard {
    by_id: HashMap<SessionId, Arc<LocalSessionState>>,
    /// How many may be added before the next sweep: as many as there were after the last one, so that a session
    /// that is added costs the same however many there are.
    until_sweep: usize,
}

/// One session, from its sign-in through every refresh.
pub(crate) struct LocalSessionState {
    clock: Clock,
    /// Keys of the marks that end this session, where sessions are in cookies. They stay the same through its life.
    revocation_keys: OnceLock<Box<[StoreKey]>>,
    /// Held during a refresh.
    refresh_lock: tokio::sync::Mutex<()>,
    renewals: Renewals,
    /// The updates that the store has not taken yet. Held during a write to the store.
    unsaved: tokio::sync::Mutex<Vec<SessionUpdate>>,
    state: Mutex<State>,
}

struct State {
    touched: UnixTime,
    newest: Option<Arc<Session>>,
    /// The newest holds a refresh token, or data of the application, that no request has brought along yet: it exists
    /// here alone.
    undelivered: bool,
    ended: Option<EndReason>,
    failure: Option<(UnixTime, Unavailable)>,
    /// What the tokens that were used are for, the latest one last.
    used: Vec<TokenTarget>,
    /// When somebody last set out to write the session for its idle time.
    renewed: Option<UnixTime>,
    /// The latest time of use that was written to the browser's cookies.
    seen: UnixTime,
}

impl LocalSessionStates {
    pub(super) fn new(clock: Clock, undelivered: Duration) -> Self {
        let shards = std::iter::repeat_with(|| Mutex::new(Shard::new())).take(SHARDS).collect();
        LocalSessionStates { clock, undelivered, shards }
    }

    pub(super) fn of(&self, id: SessionId) -> Arc<LocalSessionState> {
        // Ids are random, so that the parts are alike.
        let shard = &self.shards[usize::from(id.spread()) % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(local_state) = shard.by_id.get(&id) {
            return Arc::clone(local_state);
        }
        if shard.until_sweep == 0 {
            shard.sweep(self.clock.now(), self.undelivered);
        }
        shard.until_sweep -= 1;
        let local_state = Arc::new(LocalSessionState::new(self.clock.clone()));
        shard.by_id.insert(id, Arc::clone(&local_state));
        local_state
    }
}

impl Shard {
    fn new() -> Self {
        Shard { by_id: HashMap::new(), until_sweep: SWEEP_EVERY }
    }

    /// Forgets what nobody needs any more.
    fn sweep(&mut self, now: UnixTime, undelivered: Duration) {
        self.by_id.retain(|_, local_state| {
            Arc::strong_count(local_state) > 1 || !local_state.is_forgotten(now, undelivered)
        });
        self.until_sweep = self.by_id.len().max(SWEEP_EVERY);
    }
}

impl State {
    fn newest(&self, session: Arc<Session>) -> Result<Arc<Session>, EndReason> {
        match (self.ended, &self.newest) {
            (Some(reason), _) => Err(reason),
            (None, Some(newest)) if newest.revision > session.revision => Ok(Arc::clone(newest)),
            (None, _) => Ok(session),
        }
    }

    fn end(&mut self, reason: EndReason, now: UnixTime) {
        self.newest = None;
        self.undelivered = false;
        // The first reason stays: later ones only say that the session is gone.
        self.ended.get_or_insert(reason);
        self.touched = now;
    }
}

impl LocalSessionState {
    fn new(clock: Clock) -> Self {
        let state = State {
            touched: clock.now(),
            newest: None,
            undelivered: false,
            ended: None,
            failure: None,
            used: Vec::new(),
            renewed: None,
            seen: UnixTime(i64::MIN),
        };
        LocalSessionState {
            clock,
            revocation_keys: OnceLock::new(),
            refresh_lock: tokio::sync::Mutex::default(),
            renewals: Renewals::default(),
            unsaved: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// The keys of the marks that end this session, as `make` makes them.
    pub(super) fn revocation_keys(&self, make: impl FnOnce() -> Box<[StoreKey]>) -> &[StoreKey] {
        self.revocation_keys.get_or_init(make)
    }

    /// Waits until no other request of this process refreshes this session.
    pub(crate) async fn refresh_lock(&self) -> AsyncMutexGuard<'_, ()> {
        self.refresh_lock.lock().await
    }

    /// The refreshes for which everything is asked anew.
    pub(crate) fn renewals(&self) -> &Renewals {
        &self.renewals
    }

    /// The updates that the store has not taken. Only the holder of the guard writes the session in this process.
    pub(super) async fn unsaved(&self) -> AsyncMutexGuard<'_, Vec<SessionUpdate>> {
        self.unsaved.lock().await
    }

    /// The newer of `session` and what is remembered.
    pub(super) fn newest(&self, session: Arc<Session>) -> Result<Arc<Session>, EndReason> {
        self.state().newest(session)
    }

    /// Whether it has ended, or changed since `revision`.
    pub(super) fn has_changed_since(&self, revision: u64) -> bool {
        let state = self.state();
        state.ended.is_some() || state.newest.as_ref().is_some_and(|newest| newest.revision > revision)
    }

    /// The newer of `session`, which a request presented, and what is remembered. What it holds is no longer
    /// here alone.
    pub(super) fn presented(&self, session: Arc<Session>) -> Result<Arc<Session>, EndReason> {
        let mut state = self.state();
        if state.newest.as_ref().is_none_or(|newest| newest.revision <= session.revision) {
            state.undelivered = false;
        }
        state.newest(session)
    }

    /// Changes the newest of `session` and what is remembered, as a new revision: a request may have loaded
    /// the one before at any moment, and must not take it for the newest.
    pub(super) fn update(
        &self,
        session: &Session,
        update: impl FnOnce(&mut Session),
    ) -> Result<Arc<Session>, EndReason> {
        let mut state = self.state();
        if let Some(reason) = state.ended {
            return Err(reason);
        }
        let mut newest = match &state.newest {
            Some(newest) if newest.revision > session.revision => Session::clone(newest),
            _ => session.clone(),
        };
        let before = newest.refresh_token.clone();
        update(&mut newest);
        newest.revision = newest.revision.wrapping_add(1);
        state.undelivered |= newest.refresh_token != before;
        let newest = Arc::new(newest);
        state.newest = Some(Arc::clone(&newest));
        state.failure = None;
        state.touched = self.clock.now();
        Ok(newest)
    }

    /// Changes a session to `next`, unless it has changed since it was `base`.
    pub(super) fn replace(
        &self,
        base: &Session,
        mut next: Session,
    ) -> Result<Option<Arc<Session>>, EndReason> {
        let mut state = self.state();
        if let Some(reason) = state.ended {
            return Err(reason);
        }
        if state.newest.as_ref().is_some_and(|newest| newest.revision > base.revision) {
            return Ok(None);
        }
        next.revision = base.revision.wrapping_add(1);
        let next = Arc::new(next);
        state.newest = Some(Arc::clone(&next));
        state.undelivered = true;
        state.touched = self.clock.now();
        Ok(Some(next))
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

    pub(super) fn end(&self, reason: EndReason) {
        self.state().end(reason, self.clock.now());
    }

    /// Ends the session and returns the newer of `session` and what is remembered. No change comes in between.
    pub(super) fn take(&self, session: Arc<Session>, reason: EndReason) -> Result<Arc<Session>, EndReason> {
        let mut state = self.state();
        let newest = state.newest(session)?;
        state.end(reason, self.clock.now());
        Ok(newest)
    }

    /// Remembers that the token for `target` was used.
    pub(crate) fn note_use(&self, target: &TokenTarget) {
        let mut state = self.state();
        if state.used.last() == Some(target) {
            return;
        }
        state.used.retain(|used| used != target);
        if state.used.len() >= USES {
            state.used.remove(0);
        }
        state.used.push(target.clone());
    }

    /// What the tokens that were used lately are for, the latest one last.
    pub(crate) fn used(&self) -> Vec<TokenTarget> {
        self.state().used.clone()
    }

    /// True for one of all who would write a session for its idle time within a second.
    pub(super) fn may_renew(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        let first = state.renewed != Some(now);
        state.renewed = Some(now);
        first
    }

    /// The latest time of use that cookies were written with: `seen`, or a later one that another response has written.
    pub(super) fn latest_seen(&self, seen: UnixTime) -> UnixTime {
        let mut state = self.state();
        state.seen = state.seen.max(seen);
        state.seen
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

    fn local_states() -> LocalSessionStates {
        LocalSessionStates::new(Clock::system(), Duration::from_secs(86_400))
    }

    fn alive(newest: Result<Arc<Session>, EndReason>) -> Arc<Session> {
        newest.expect("it has not ended")
    }

    #[test]
    fn field_31_a_sweep_comes_after_as_many_sessions_as_there_are() {
        let mut shard = Shard::new();
        let (clock, mut sweeps, mut looked_at) = (Clock::new(|| std::time::UNIX_EPOCH), 0, 0);
        let (now, later) = (UnixTime(0), UnixTime(86_400));
        let add = |shard: &mut Shard| {
            let id = Session::for_test("s", now).id;
            shard.by_id.insert(id, Arc::new(LocalSessionState::new(clock.clone())));
        };
        for _ in 0..20_000 {
            if shard.until_sweep == 0 {
                sweeps += 1;
                looked_at += shard.by_id.len();
                shard.sweep(now, Duration::from_secs(60));
            }
            shard.until_sweep -= 1;
            add(&mut shard);
        }
        assert_eq!(shard.by_id.len(), 20_000, "none is forgotten before its time");
        assert!(sweeps <= 12 && looked_at <= 40_000, "{sweeps} sweeps over {looked_at} sessions");
        shard.sweep(later, Duration::from_secs(60));
        assert_eq!((shard.by_id.len(), shard.until_sweep), (0, SWEEP_EVERY));
    }

    #[test]
    fn field_31_what_is_forgotten_makes_room_and_what_is_in_use_stays() {
        use std::sync::atomic::{AtomicU64, Ordering};
        let seconds = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&seconds);
        let clock =
            Clock::new(move || std::time::UNIX_EPOCH + Duration::from_secs(now.load(Ordering::Relaxed)));
        let local_states = LocalSessionStates::new(clock, Duration::from_secs(60));
        let in_use = local_states.of(Session::for_test("s", UnixTime(0)).id);
        in_use.end(EndReason::Terminated);
        for round in 0..200 {
            seconds.store(round * 3_600, Ordering::Relaxed);
            for _ in 0..1_000 {
                local_states.of(Session::for_test("s", UnixTime(0)).id);
            }
        }
        let counts: Vec<usize> =
            local_states.shards.iter().map(|shard| shard.lock().expect("no panic").by_id.len()).collect();
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        assert!(counts.iter().sum::<usize>() < 10_000, "{counts:?}");
        let found = local_states.shards.iter().any(|shard| {
            shard
                .lock()
                .expect("no panic")
                .by_id
                .values()
                .any(|local_state| Arc::ptr_eq(local_state, &in_use))
        });
        assert!(found);
    }

    #[test]
    fn i05_whoever_loaded_a_session_between_two_changes_sees_the_second() {
        let presented = Session::for_test("s", UnixTime(1));
        let local_state = local_states().of(presented.id);
        let between = alive(local_state.update(&presented, |_| {}));
        alive(local_state.update(&between, |session| session.sid = Some("second".to_owned())));
        assert_eq!(alive(local_state.newest(between)).sid.as_deref(), Some("second"));
    }

    #[test]
    fn two_changes_of_one_revision_are_both_kept() {
        let presented = Session::for_test("s", UnixTime(1));
        let local_state = local_states().of(presented.id);
        alive(local_state.update(&presented, |session| session.refresh_token = Some(Secret::new("new"))));
        let both = alive(local_state.update(&presented, |session| session.sid = Some("sid".to_owned())));
        assert_eq!(both.refresh_token.as_ref().expect("kept").expose(), "new");
        assert_eq!(both.sid.as_deref(), Some("sid"));
    }

    #[test]
    fn a_replacement_counts_unless_the_session_has_changed_meanwhile() {
        let presented = Session::for_test("s", UnixTime(1));
        let local_state = LocalSessionState::new(Clock::new(|| std::time::UNIX_EPOCH));
        let named = |name: &str| {
            let mut session = presented.clone();
            session.sid = Some(name.to_owned());
            session
        };
        let first = local_state.replace(&presented, named("first")).expect("it has not ended").expect("done");
        assert_eq!(first.revision, presented.revision + 1);
        assert!(local_state.replace(&presented, named("late")).expect("it has not ended").is_none());
        assert_eq!(alive(local_state.newest(Arc::new(presented.clone()))).sid.as_deref(), Some("first"));
        let second = local_state.replace(&first, named("second")).expect("it has not ended").expect("done");
        let (day, hour) = (Duration::from_secs(86_400), UnixTime(3_600));
        assert!(!local_state.is_forgotten(hour, day), "the browser has not brought it back");
        alive(local_state.presented(Arc::clone(&second)));
        assert!(local_state.is_forgotten(hour, day));
        local_state.end(EndReason::Terminated);
        assert_eq!(local_state.replace(&second, named("third")).err(), Some(EndReason::Terminated));
    }

    #[test]
    fn a_rotated_refresh_token_is_remembered_until_a_browser_has_it() {
        let presented = Arc::new(Session::for_test("s", UnixTime(1)));
        let local_state = LocalSessionState::new(Clock::new(|| std::time::UNIX_EPOCH));
        let (day, hour) = (Duration::from_secs(86_400), UnixTime(3_600));
        let newest =
            alive(local_state.update(&presented, |session| session.refresh_token = Some(Secret::new("new"))));
        assert!(!local_state.is_forgotten(hour, day), "it is nowhere else");
        alive(local_state.presented(Arc::clone(&presented)));
        assert!(!local_state.is_forgotten(hour, day), "the request came with the old one");
        alive(local_state.presented(newest));
        assert!(local_state.is_forgotten(hour, day));
    }
}
