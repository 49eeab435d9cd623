//! Tells the log that sealed values do not open here.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::purpose::Purpose;
use crate::clock::{Clock, UnixTime};

/// The shortest time between two warnings: clients decide how many such cookies arrive.
const EVERY: Duration = Duration::from_secs(60);

/// One warning a minute, for all purposes together.
pub(super) struct UnopenedWarning {
    clock: Clock,
    last: Mutex<Option<UnixTime>>,
}

impl UnopenedWarning {
    pub(super) fn new(clock: Clock) -> Self {
        UnopenedWarning { clock, last: Mutex::default() }
    }

    /// A value for `purpose` that looks sealed does not open.
    pub(super) fn warn(&self, purpose: Purpose) {
        if !self.is_due() {
            return;
        }
        let what = match purpose {
            Purpose::Session => "a session cookie",
            Purpose::PendingSignIn => "the cookie of a pending sign-in",
            Purpose::StoredSession => "a stored session",
            Purpose::SignInRequest => "the sealed request of a `SignIn`",
            Purpose::Visitor => "the session data of a visitor",
        };
        tracing::warn!(
            target: "logto",
            code = "unopened",
            "{what} cannot be opened: it was sealed with a key that is not in `cookie_keys`, or by another version, or was modified; set the same `cookie_keys` in all processes (without the setting each process generates its own key)"
        );
    }

    fn is_due(&self) -> bool {
        let now = self.clock.now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A warning from the future was written before the clock was set back.
        let is_due = last.is_none_or(|last| last > now || now.since(last) >= EVERY);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn field_22_a_minute_has_one_warning() {
        let seconds = Arc::new(AtomicU64::new(1_000));
        let read = Arc::clone(&seconds);
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(read.load(Ordering::Relaxed)));
        let warning = UnopenedWarning::new(clock);
        let due_at = |at: u64| {
            seconds.store(at, Ordering::Relaxed);
            warning.is_due()
        };
        assert!(due_at(1_000));
        assert!(!due_at(1_000) && !due_at(1_059));
        assert!(due_at(1_060));
        assert!(!due_at(1_061));
        assert!(due_at(500), "the clock was set back");
        assert!(!due_at(501));
    }
}
