//! The tokens of the server's own that were fetched so far.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::accept::IssuedToken;
use super::renewal_margin::{renewal_margin, within_life};
use crate::clock::UnixTime;
use crate::error::Error;
use crate::session::{TokenTarget, random};
use crate::types::Secret;

/// More kinds of tokens than a server has APIs and organizations to call. The longest unused is evicted.
const CAPACITY: usize = 1_000;
/// How long Logto is not asked again after an outage, while there is a token that is still valid.
const BACK_OFF: Duration = Duration::from_secs(5);

/// What was asked for so far: bounded, since an application may take what it asks for from its callers.
#[derive(Default)]
pub(super) struct MachineTokenCache(Mutex<HashMap<MachineTokenKey, Arc<CacheEntry>>>);

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MachineTokenKey {
    pub(super) target: TokenTarget,
    /// In alphabetical order, so that the same scopes are the same key.
    pub(super) scopes: Vec<String>,
}

/// The token of one key, and who is fetching the next one.
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

impl MachineTokenCache {
    pub(super) fn entry(&self, key: &MachineTokenKey, now: UnixTime) -> Arc<CacheEntry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(key) {
            entry.state().used = now;
            return Arc::clone(entry);
        }
        if entries.len() >= CAPACITY {
            let unused = entries.iter().min_by_key(|(_, entry)| entry.state().used);
            if let Some(key) = unused.map(|(key, _)| key.clone()) {
                entries.remove(&key);
            }
        }
        let entry = Arc::new(CacheEntry::new(now));
        entries.insert(key.clone(), Arc::clone(&entry));
        entry
    }
}

impl CacheEntry {
    fn new(now: UnixTime) -> Self {
        let margin = renewal_margin(0);
        let state = State { token: None, received: now, margin, fetches: 0, failure: None, used: now };
        CacheEntry { fetching: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// To be held during a fetch: there is one at a time.
    pub(super) async fn fetch_lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.fetching.lock().await
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
    pub(super) fn outcome_after(
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
    use crate::types::{ResourceIndicator, Scopes};

    fn token(expires: i64) -> IssuedToken {
        IssuedToken {
            secret: Secret::new(format!("token-{expires}")),
            scopes: Scopes::default(),
            expires: UnixTime(expires),
            target: TokenTarget::userinfo(),
            subject: None,
            actor: None,
        }
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
    fn the_longest_unused_kind_is_evicted() {
        let key = |n: usize| MachineTokenKey {
            target: TokenTarget::resource(ResourceIndicator::new(format!("https://{n}.example"))),
            scopes: Vec::new(),
        };
        let cache = MachineTokenCache::default();
        for n in 0..CAPACITY {
            cache.entry(&key(n), UnixTime(0)).store(Ok(token(3600)), UnixTime(0));
        }
        let is_held =
            |n: usize, now: i64| cache.entry(&key(n), UnixTime(now)).look_up(UnixTime(now), None).1.is_some();
        assert!((1..CAPACITY).all(|n| is_held(n, 2)), "all but the first were used");
        cache.entry(&key(CAPACITY), UnixTime(3));
        assert_eq!(cache.0.lock().expect("no panic").len(), CAPACITY);
        assert!(is_held(1, 4));
        assert!(!is_held(0, 4), "it was evicted");
    }

    #[test]
    fn a_refused_token_is_not_handed_out_again() {
        let entry = CacheEntry::new(UnixTime(0));
        entry.store(Ok(token(3600)), UnixTime(0));
        assert!(entry.look_up(UnixTime(1), Some(&token(3600).secret)).1.is_none());
        assert!(entry.look_up(UnixTime(1), Some(&token(3599).secret)).1.is_some());
    }
}
