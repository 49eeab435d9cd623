//! What the tenant signs ID tokens with, and whether a logout token is signed alike.
//!
//! A logout token's algorithm is judged as an ID token's (Back-Channel Logout 1.0 §2.6). Nobody registers one with
//! Logto: it signs both with its current key, and a rotation may change the algorithm from one moment to the next. So
//! the algorithm is the one of the ID tokens that this process has seen, until the key set changes. Where none was
//! seen since, the discovery document says which there may be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::jws::Jws;
use super::keys::{Algorithm, Edition};
use super::metadata::Metadata;
use super::provider::Provider;
use crate::clock::{Clock, UnixTime};
use crate::error::{Error, InvalidToken};

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
    keys: Edition,
    /// The algorithm before this one, and when this one took its place.
    before: Option<(Algorithm, UnixTime)>,
}

/// How an algorithm compares with that of the ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
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
    pub(super) fn note(&self, algorithm: Algorithm, keys: Edition) {
        let now = self.clock.now();
        let mut seen = self.seen();
        let before = match *seen {
            Some(last) if last.algorithm != algorithm => Some((last.algorithm, now)),
            Some(last) => last.before,
            None => None,
        };
        *seen = Some(Seen { algorithm, keys, before });
    }

    fn compare(&self, algorithm: Algorithm, keys: Edition) -> Likeness {
        let Some(seen) = *self.seen() else { return Likeness::Unknown };
        let is_before = seen
            .before
            .is_some_and(|(before, since)| before == algorithm && self.clock.now().since(since) < SUCCESSION);
        if seen.algorithm == algorithm || is_before {
            Likeness::Same
        } else if seen.keys != keys {
            Likeness::Unknown
        } else {
            Likeness::Other
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider {
    /// Checks the signature of a token that must be signed as ID tokens are. What is out of date here is fetched
    /// first: nobody stays signed in because of a rotation. Only genuine tokens lead to a fetch.
    pub(crate) async fn verify_like_id_token(self: &Arc<Self>, jws: &Jws<'_>) -> Result<(), Error> {
        self.verify(jws).await?;
        let algorithm = jws.algorithm;
        let mut likeness = self.signing.compare(algorithm, self.edition().await?);
        if likeness == Likeness::Other {
            likeness = self.signing.compare(algorithm, self.newest_edition().await?);
        }
        let is_accepted = match likeness {
            Likeness::Same => true,
            Likeness::Other => false,
            Likeness::Unknown => self.may_sign_id_tokens(algorithm).await,
        };
        if is_accepted { Ok(()) } else { Err(InvalidToken::Algorithm.into()) }
    }

    /// What the discovery document says; a new one, before it says no. Where none can be had, a genuine token counts:
    /// Logto does not send it again, and nobody is let in by it.
    async fn may_sign_id_tokens(self: &Arc<Self>, algorithm: Algorithm) -> bool {
        let lists = |metadata: &Metadata| metadata.id_token_algorithms.contains(&algorithm);
        if self.metadata().await.is_ok_and(|metadata| lists(&metadata)) {
            return true;
        }
        match self.newest_metadata().await {
            Ok(metadata) => lists(&metadata),
            Err(unavailable) => {
                tracing::warn!(target: "logto", "a logout token was accepted without comparing its algorithm with that of ID tokens, because the discovery document is unavailable: {unavailable}");
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn field_10_the_algorithm_is_that_of_the_id_tokens_until_the_keys_change() {
        let seconds = Arc::new(AtomicU64::new(1_000));
        let now = Arc::clone(&seconds);
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::Relaxed)));
        let signing = IdTokenSigning::new(clock);
        let (old, new) = (Edition::for_test(1), Edition::for_test(2));
        let (ec, rsa, pss) = (Algorithm::Es384, Algorithm::Rs256, Algorithm::Ps256);
        assert_eq!(signing.compare(rsa, old), Likeness::Unknown, "none was seen");
        signing.note(ec, old);
        assert_eq!(signing.compare(ec, old), Likeness::Same);
        assert_eq!(signing.compare(rsa, old), Likeness::Other);
        assert_eq!(signing.compare(rsa, new), Likeness::Unknown, "a rotation");
        assert_eq!(signing.compare(ec, new), Likeness::Same, "it may have been of the same kind");
        signing.note(rsa, new);
        signing.note(rsa, new);
        assert_eq!(signing.compare(rsa, new), Likeness::Same);
        assert_eq!(signing.compare(pss, new), Likeness::Other, "the same key, another algorithm");
        assert_eq!(signing.compare(ec, new), Likeness::Same, "signed a moment before the rotation");
        seconds.fetch_add(600, Ordering::Relaxed);
        assert_eq!(signing.compare(ec, new), Likeness::Other, "no logout token is that old");
    }
}
