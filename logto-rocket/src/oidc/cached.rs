//! A document of Logto's that is fetched once for all requests and survives outages.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::{Clock, UnixTime};
use crate::error::Unavailable;

/// How old a document may be before it is fetched again in the background. Logto says `no-cache`,
/// which obeyed to the letter would be a fetch for each request.
pub(super) const FRESH: Duration = Duration::from_secs(300);

/// How long the last good document serves while no newer one can be had.
const LAST_KNOWN_GOOD: Duration = Duration::from_secs(24 * 3600);

/// After a failure, callers share it this long instead of each trying (and waiting) again.
const FAILURE_SHARED: Duration = Duration::from_secs(1);

/// After a failure of a background refresh, the next one waits this long.
const BACKGROUND_PAUSE: Duration = Duration::from_secs(10);

/// The document, and when it was fetched.
pub(super) struct Fetched<T> {
    pub(super) value: Arc<T>,
    at: UnixTime,
    /// Counts fetches, so that a caller can tell whether somebody else has fetched meanwhile.
    pub(super) generation: u64,
}

impl<T> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        Fetched { value: Arc::clone(&self.value), at: self.at, generation: self.generation }
    }
}

pub(super) struct Cached<T> {
    clock: Clock,
    current: RwLock<Option<Fetched<T>>>,
    failure: Mutex<Option<(UnixTime, Unavailable)>>,
    /// Kept when later fetches succeed, unlike the above.
    last_failure: Mutex<Option<(UnixTime, &'static str)>>,
    /// Of which URL, and the tag.
    etag: Mutex<Option<(String, String)>>,
    /// Held by the one who fetches.
    pub(super) fetch_lock: tokio::sync::Mutex<()>,
}

/// How a document does, as far as this server knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentStatus {
    pub(crate) age: Option<Duration>,
    /// Whether there is one that is not too old.
    pub(crate) usable: bool,
    pub(crate) success: Option<UnixTime>,
    pub(crate) failure: Option<(UnixTime, &'static str)>,
}

/// What a caller should do to get the document.
pub(super) enum Lookup<T> {
    /// Use it.
    Fresh(Fetched<T>),
    /// Use it, and let one fetch run in the background.
    Stale(Fetched<T>),
    /// Fetch it.
    Missing,
    /// A fetch failed a moment ago.
    Failed(Unavailable),
}

impl<T> Cached<T> {
    pub(super) fn new(clock: Clock) -> Self {
        Cached {
            clock,
            current: RwLock::new(None),
            failure: Mutex::new(None),
            last_failure: Mutex::new(None),
            etag: Mutex::new(None),
            fetch_lock: tokio::sync::Mutex::new(()),
        }
    }

    pub(super) fn look_up(&self) -> Lookup<T> {
        match self.current() {
            Some(fetched) if self.age(&fetched) < FRESH => Lookup::Fresh(fetched),
            Some(fetched) if self.age(&fetched) < LAST_KNOWN_GOOD => {
                match self.failed_within(BACKGROUND_PAUSE) {
                    Some(_) => Lookup::Fresh(fetched),
                    None => Lookup::Stale(fetched),
                }
            }
            _ => match self.failed_a_moment_ago() {
                Some(unavailable) => Lookup::Failed(unavailable),
                None => Lookup::Missing,
            },
        }
    }

    /// A failure that callers share instead of each finding out for itself.
    pub(super) fn failed_a_moment_ago(&self) -> Option<Unavailable> {
        self.failed_within(FAILURE_SHARED)
    }

    fn failed_within(&self, pause: Duration) -> Option<Unavailable> {
        let now = self.clock.now();
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure
            .as_ref()
            .filter(|(at, _)| now >= *at && now.since(*at) < pause)
            .map(|(_, unavailable)| unavailable.clone())
    }

    /// Whether a fetch in the background would be the only one.
    pub(super) fn nobody_fetches(&self) -> bool {
        self.fetch_lock.try_lock().is_ok()
    }

    pub(super) fn current(&self) -> Option<Fetched<T>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The tag under which the document at hand came from `url`.
    pub(super) fn etag(&self, url: &str) -> Option<String> {
        let etag = self.etag.lock().unwrap_or_else(PoisonError::into_inner).clone();
        etag.filter(|(of, _)| of == url && self.current().is_some()).map(|(_, tag)| tag)
    }

    pub(super) fn set_etag(&self, url: &str, tag: Option<&str>) {
        *self.etag.lock().unwrap_or_else(PoisonError::into_inner) =
            tag.map(|tag| (url.to_owned(), tag.to_owned()));
    }

    /// How the document does.
    pub(super) fn status(&self) -> DocumentStatus {
        let current = self.current();
        let age = current.as_ref().map(|fetched| self.age(fetched));
        DocumentStatus {
            age,
            usable: age.is_some_and(|age| age < LAST_KNOWN_GOOD),
            success: current.map(|fetched| fetched.at),
            failure: *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    pub(super) fn store(&self, value: Arc<T>) -> Fetched<T> {
        let generation = self.current().map_or(0, |fetched| fetched.generation) + 1;
        let fetched = Fetched { value, at: self.clock.now(), generation };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(fetched.clone());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
        fetched
    }

    pub(super) fn note_failure(&self, unavailable: &Unavailable) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((self.clock.now(), unavailable.clone()));
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((self.clock.now(), unavailable.cause.code()));
    }

    /// What was fetched in the future was fetched before the clock was set back: nobody knows when.
    fn age(&self, fetched: &Fetched<T>) -> Duration {
        let now = self.clock.now();
        if fetched.at > now { FRESH } else { now.since(fetched.at) }
    }
}
