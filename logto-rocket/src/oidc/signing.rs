//! What the tenant signs ID tokens with, and whether a logout token is signed alike.
//!
//! A logout token's algorithm is judged as an ID token's (Back-Channel Logout 1.0 §2.6). Nobody registers one with
//! Logto: it signs both with its current key, and a rotation may change the algorithm from one moment to the next. So
//! the algorithm is the one of the ID tokens that this process has seen, until the key set changes. Where none was
//! seen since, the discovery document says which there may be.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::algorithm::Algorithm;
use super::keys::KeySetVersion;
use crate::clock::{Clock, UnixTime};

/// How long the algorithm of before counts after an ID token with another one: longer than a logout token lives.
const SUCCESSION: Duration = Duration::from_secs(600);

/// The algorithms of the ID tokens that were seen.
pub(super) struct IdTokenSigning {
    clock: Clock,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    algorithm: Algorithm,
    /// The key set at that moment.
    keys: KeySetVersion,
    /// The algorithm before this one, and when this one took its place.
    before: Option<(Algorithm, UnixTime)>,
}

/// How an algorithm compares with that of the ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AlgorithmMatch {
    Same,
    /// No ID token was seen with these keys: a rotation may have changed the algorithm.
    Unknown,
    Other,
}

impl IdTokenSigning {
    pub(super) fn new(clock: Clock) -> Self {
        IdTokenSigning { clock, seen: Mutex::default() }
    }

    /// An ID token was found to be good, with these keys.
    pub(super) fn note(&self, algorithm: Algorithm, keys: KeySetVersion) {
        let now = self.clock.now();
        let mut seen = self.seen();
        let before = match *seen {
            Some(last) if last.algorithm != algorithm => Some((last.algorithm, now)),
            Some(last) => last.before,
            None => None,
        };
        *seen = Some(Seen { algorithm, keys, before });
    }

    pub(super) fn compare(&self, algorithm: Algorithm, keys: KeySetVersion) -> AlgorithmMatch {
        let Some(seen) = *self.seen() else { return AlgorithmMatch::Unknown };
        let is_before = seen
            .before
            .is_some_and(|(before, since)| before == algorithm && self.clock.now().since(since) < SUCCESSION);
        if seen.algorithm == algorithm || is_before {
            AlgorithmMatch::Same
        } else if seen.keys != keys {
            AlgorithmMatch::Unknown
        } else {
            AlgorithmMatch::Other
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn field_10_the_algorithm_is_that_of_the_id_tokens_until_the_keys_change() {
        let seconds = Arc::new(AtomicU64::new(1_000));
        let now = Arc::clone(&seconds);
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::Relaxed)));
        let signing = IdTokenSigning::new(clock);
        let (old, new) = (KeySetVersion::for_test(1), KeySetVersion::for_test(2));
        let (ec, rsa, pss) = (Algorithm::Es384, Algorithm::Rs256, Algorithm::Ps256);
        assert_eq!(signing.compare(rsa, old), AlgorithmMatch::Unknown, "none was seen");
        signing.note(ec, old);
        assert_eq!(signing.compare(ec, old), AlgorithmMatch::Same);
        assert_eq!(signing.compare(rsa, old), AlgorithmMatch::Other);
        assert_eq!(signing.compare(rsa, new), AlgorithmMatch::Unknown, "a rotation");
        assert_eq!(signing.compare(ec, new), AlgorithmMatch::Same, "it may have been of the same kind");
        signing.note(rsa, new);
        signing.note(rsa, new);
        assert_eq!(signing.compare(rsa, new), AlgorithmMatch::Same);
        assert_eq!(signing.compare(pss, new), AlgorithmMatch::Other, "the same key, another algorithm");
        assert_eq!(signing.compare(ec, new), AlgorithmMatch::Same, "signed a moment before the rotation");
        seconds.fetch_add(600, Ordering::Relaxed);
        assert_eq!(signing.compare(ec, new), AlgorithmMatch::Other, "no logout token is that old");
    }
}
