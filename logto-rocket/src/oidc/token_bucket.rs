//! How often something that strangers can bring about may lead to a call.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, UnixTime};

/// Three fetches at once, then one in ten seconds.
pub(super) struct TokenBucket {
    clock: Clock,
    state: Mutex<(u32, UnixTime)>,
}

impl TokenBucket {
    const BURST: u32 = 3;
    const REFILL: Duration = Duration::from_secs(10);

    pub(super) fn new(clock: Clock) -> Self {
        let now = clock.now();
        TokenBucket { clock, state: Mutex::new((Self::BURST, now)) }
    }

    pub(super) fn take(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = &mut *state;
        if now < *since {
            *since = now;
        }
        let refills = now.since(*since).as_secs() / Self::REFILL.as_secs();
        if refills > 0 {
            *tokens = Self::BURST.min(tokens.saturating_add(u32::try_from(refills).unwrap_or(Self::BURST)));
            *since = now;
        }
        let granted = *tokens > 0;
        *tokens = tokens.saturating_sub(1);
        granted
    }

    pub(super) fn give_back(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = Self::BURST.min(state.0 + 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn j20_unknown_keys_are_rationed() {
        let seconds = Arc::new(AtomicU64::new(1_000));
        let clock = {
            let seconds = Arc::clone(&seconds);
            Clock::new(move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed)))
        };
        let bucket = TokenBucket::new(clock);
        assert_eq!((0..100).filter(|_| bucket.take()).count(), 3);
        seconds.fetch_add(10, Ordering::Relaxed);
        assert_eq!((0..100).filter(|_| bucket.take()).count(), 1);
        seconds.fetch_add(3600, Ordering::Relaxed);
        assert_eq!((0..100).filter(|_| bucket.take()).count(), 3);
        bucket.give_back();
        assert!(bucket.take());
    }
}
