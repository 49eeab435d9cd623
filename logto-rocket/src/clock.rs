//! The only place in this crate that reads the time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The clock that this crate uses.
///
/// It is the system's clock unless a test passes its own:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use logto_rocket::Clock;
///
/// let in_an_hour = Clock::new(|| SystemTime::now() + Duration::from_secs(3600));
/// # let _ = in_an_hour;
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The clock of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Clock::new(SystemTime::now)
    }

    /// A clock that calls `now` for each reading.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> UnixTime {
        let since_epoch = (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }
}

/// A function that tells the time is a clock: that of a tenant of `logto-dev`, for example.
///
/// ```
/// use std::time::SystemTime;
/// use logto_rocket::{Clock, Logto};
///
/// let fairing = Logto::fairing().clock(SystemTime::now);
/// let clock: Clock = (|| SystemTime::UNIX_EPOCH).into();
/// # let _ = (fairing, clock);
/// ```
impl<F: Fn() -> SystemTime + Send + Sync + 'static> From<F> for Clock {
    fn from(now: F) -> Self {
        Clock::new(now)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Seconds since 1970, as the times in a JWT (RFC 7519 `NumericDate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct UnixTime(pub(crate) i64);

impl UnixTime {
    pub(crate) fn plus(self, duration: Duration) -> Self {
        UnixTime(self.0.saturating_add(whole_seconds(duration)))
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        UnixTime(self.0.saturating_sub(whole_seconds(duration)))
    }

    /// The time elapsed since `earlier`. Zero if `earlier` is in the future, for example after the clock was set
    /// back.
    pub(crate) fn since(self, earlier: UnixTime) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    pub(crate) fn to_system_time(self) -> SystemTime {
        let since_epoch = Duration::from_secs(u64::try_from(self.0).unwrap_or(0));
        UNIX_EPOCH.checked_add(since_epoch).unwrap_or(UNIX_EPOCH)
    }
}

fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(UnixTime(i64::MAX).plus(Duration::from_secs(1)), UnixTime(i64::MAX));
        assert_eq!(UnixTime(i64::MIN).minus(Duration::from_secs(1)), UnixTime(i64::MIN));
        assert_eq!(UnixTime(9).minus(Duration::from_secs(4)), UnixTime(5));
        assert_eq!(UnixTime(5).since(UnixTime(9)), Duration::ZERO);
        assert_eq!(UnixTime(9).since(UnixTime(5)), Duration::from_secs(4));
        assert_eq!(UnixTime(9).plus(Duration::from_secs(u64::MAX)), UnixTime(i64::MAX));
    }

    #[test]
    fn p01_nothing_else_reads_the_time() {
        fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    sources(&path, found);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 50, "the sources are somewhere else");
        let readers = [["SystemTime", "::now"].concat(), ["Utc", "::now"].concat()];
        for path in found.iter().filter(|path| !path.ends_with("clock.rs")) {
            let text = std::fs::read_to_string(path).expect("a source");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let reads = readers.iter().any(|reader| line.contains(reader));
                assert!(!reads, "{} reads the time: {line}", path.display());
            }
        }
    }

    #[test]
    fn a_clock_before_1970_reads_zero() {
        assert_eq!(Clock::new(|| UNIX_EPOCH - Duration::from_secs(5)).now(), UnixTime(0));
    }
}
