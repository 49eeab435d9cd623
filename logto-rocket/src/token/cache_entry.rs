//! One cached token, which one caller at a time fetches anew.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::accept::{IssuedToken, same_again};
use super::renewal_margin::{renewal_margin, within_life};
use crate::clock::{Clock, UnixTime};
use crate::error::Error;
use crate::session::random;
use crate::types::Secret;

/// How long Logto is not asked again after an outage, while there is a token that is still valid.
const BACK_OFF: Duration = Duration::from_secs(5);

/// A token, and who is fetching the next one.
pub(super) struct CacheEntry {
    /// Held during a fetch.
    fetching: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    token: Option<Arc<IssuedToken>>,
    received: UnixTime,
    /// How long before its end the token is fetched anew.
    margin: Duration,
    /// Counts the fetches, so that a caller that has waited for one knows that it is over.
    fetches: u64,
    failure: Option<(UnixTime, Error)>,
    used: UnixTime,
}

impl CacheEntry {
    pub(super) fn new(now: UnixTime) -> Self {
        let margin = renewal_margin(0);
        let state = State { token: None, received: now, margin, fetches: 0, failure: None, used: now };
        CacheEntry { fetching: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// The token that `fetch` brings, unless somebody has fetched one since `seen` fetches were counted: then that, or
    /// the failure of that fetch. There is one fetch at a time.
    pub(super) async fn fetch_once(
        &self,
        seen: u64,
        refused: Option<&Secret>,
        clock: &Clock,
        fetch: impl Future<Output = Result<IssuedToken, Error>>,
    ) -> Result<Arc<IssuedToken>, Error> {
        let _lock = self.fetching.lock().await;
        if let Some(outcome) = self.outcome_after(seen, clock.now(), refused) {
            return outcome;
        }
        let fetched = fetch.await;
        self.store(fetched, clock.now());
        self.outcome_after(seen, clock.now(), refused).unwrap_or_else(|| Err(same_again()))
    }

    /// Notes that the token is wanted.
    pub(super) fn note_use(&self, now: UnixTime) {
        self.state().used = now;
    }

    pub(super) fn last_used(&self) -> UnixTime {
        self.state().used
    }

    /// How many fetches there were so far, and the token, if it is valid for a while.
    pub(super) fn look_up(&self, now: UnixTime, refused: Option<&Secret>) -> (u64, Option<Arc<IssuedToken>>) {
        let state = self.state();
        let backs_off = matches!(&state.failure, Some((at, Error::Unavailable(_)))
            if now >= *at && now.since(*at) < BACK_OFF);
        let margin = if backs_off { Duration::ZERO } else { state.margin };
        (state.fetches, state.usable(now, margin, refused))
    }

    /// What came of a fetch that was over after `seen` fetches were. An outage does not matter to a caller for whom
    /// the present token is good enough.
    fn outcome_after(
        &self,
        seen: u64,
        now: UnixTime,
        refused: Option<&Secret>,
    ) -> Option<Result<Arc<IssuedToken>, Error>> {
        let state = self.state();
        if state.fetches == seen {
            return None;
        }
        let usable = state.usable(now, Duration::ZERO, refused);
        match (&state.failure, usable) {
            (None | Some((_, Error::Unavailable(_))), Some(token)) => Some(Ok(token)),
            (Some((_, error)), _) => Some(Err(error.clone())),
            (None, None) => None,
        }
    }

    pub(super) fn store(&self, fetched: Result<IssuedToken, Error>, now: UnixTime) {
        let mut state = self.state();
        state.fetches = state.fetches.wrapping_add(1);
        match fetched {
            Ok(token) => {
                let spread = u16::from_le_bytes(random());
                state.margin = within_life(renewal_margin(spread), token.expires.since(now));
                state.received = now;
                state.token = Some(Arc::new(token));
                state.failure = None;
            }
            Err(error) => state.failure = Some((now, error)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable(&self, now: UnixTime, margin: Duration, refused: Option<&Secret>) -> Option<Arc<IssuedToken>> {
        let token = self.token.as_ref()?;
        // Received in the future: the clock was set back, and nobody knows how long the token lives.
        let is_valid = token.expires > now.plus(margin) && self.received <= now;
        let is_refused = refused.is_some_and(|refused| *refused == token.secret);
        (is_valid && !is_refused).then(|| Arc::clone(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Endpoint, Unavailable, UnavailableCause};

    fn token(expires: i64) -> IssuedToken {
        IssuedToken::for_test(UnixTime(expires))
    }

    fn outage() -> Error {
        Unavailable::new(Endpoint::Token, UnavailableCause::Timeout).into()
    }

    #[test]
    fn a_token_is_good_until_shortly_before_its_end() {
        let entry = CacheEntry::new(UnixTime(0));
        entry.store(Ok(token(3600)), UnixTime(0));
        assert!(entry.look_up(UnixTime(3500), None).1.is_some());
        assert!(entry.look_up(UnixTime(3541), None).1.is_none());
        entry.store(Ok(token(9)), UnixTime(0));
        assert!(entry.look_up(UnixTime(5), None).1.is_some(), "a short life is not spent on being early");
        assert!(entry.look_up(UnixTime(7), None).1.is_none());
    }

    #[test]
    fn p03_a_token_from_the_future_is_not_used() {
        let entry = CacheEntry::new(UnixTime(100));
        entry.store(Ok(token(3600)), UnixTime(100));
        assert!(entry.look_up(UnixTime(99), None).1.is_none());
    }

    #[test]
    fn an_outage_leaves_a_valid_token_in_use_and_logto_alone() {
        let entry = CacheEntry::new(UnixTime(0));
        entry.store(Ok(token(3600)), UnixTime(0));
        entry.store(Err(outage()), UnixTime(3590));
        assert!(entry.look_up(UnixTime(3592), None).1.is_some());
        assert!(entry.look_up(UnixTime(3596), None).1.is_none(), "Logto is asked again");
        assert!(matches!(entry.outcome_after(1, UnixTime(3596), None), Some(Ok(_))));
        assert!(matches!(entry.outcome_after(1, UnixTime(3600), None), Some(Err(Error::Unavailable(_)))));
    }

    #[test]
    fn a_refused_token_is_not_handed_out_again() {
        let entry = CacheEntry::new(UnixTime(0));
        entry.store(Ok(token(3600)), UnixTime(0));
        assert!(entry.look_up(UnixTime(1), Some(&token(3600).secret)).1.is_none());
        assert!(entry.look_up(UnixTime(1), Some(&token(3599).secret)).1.is_some());
    }

    /// Whoever has waited for a fetch takes what came of it, also if it failed.
    #[tokio::test]
    async fn i01_those_who_wait_share_one_fetch_and_its_failure() {
        use std::cell::Cell;

        let clock = Clock::new(|| std::time::UNIX_EPOCH + Duration::from_secs(1));
        for succeeds in [true, false] {
            let (entry, fetches) = (CacheEntry::new(UnixTime(0)), Cell::new(0));
            let fetch = async || {
                fetches.set(fetches.get() + 1);
                tokio::task::yield_now().await;
                if succeeds { Ok(token(3600)) } else { Err(outage()) }
            };
            let (seen, _) = entry.look_up(UnixTime(1), None);
            let (one, two, three) = tokio::join!(
                entry.fetch_once(seen, None, &clock, fetch()),
                entry.fetch_once(seen, None, &clock, fetch()),
                entry.fetch_once(seen, None, &clock, fetch()),
            );
            assert_eq!(fetches.get(), 1);
            assert!([one, two, three].iter().all(|outcome| outcome.is_ok() == succeeds));
            let (seen, _) = entry.look_up(UnixTime(1), None);
            let later = entry.fetch_once(seen, None, &clock, fetch()).await;
            assert_eq!((fetches.get(), later.is_ok()), (2, succeeds), "a failure is not remembered");
        }
    }
}
