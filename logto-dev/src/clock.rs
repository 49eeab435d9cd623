//! The clock of a tenant.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::http::iso_date;

/// The clock that everything in a tenant uses: token lifetimes, sessions, codes, the `Date` header.
///
/// It follows the system's clock until a test sets it, and continues from there unless it is frozen.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// let clock = logto_dev::Clock::default();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.now() > SystemTime::now() + Duration::from_secs(3599));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift: Arc<Mutex<Shift>>,
}

#[derive(Debug, Default)]
struct Shift {
    offset_ms: i64,
    frozen_at: Option<i64>,
}

impl Clock {
    /// The tenant's time.
    pub fn now(&self) -> SystemTime {
        let ms = self.now_ms();
        match u64::try_from(ms) {
            Ok(after) => UNIX_EPOCH + Duration::from_millis(after),
            Err(_) => UNIX_EPOCH - Duration::from_millis(ms.unsigned_abs()),
        }
    }

    /// A function that tells the tenant's time, for whatever else has to follow it. With `logto-rocket` that is one call:
    /// `Logto::fairing().clock(tenant.clock().reader())`.
    ///
    /// ```
    /// use std::time::Duration;
    /// let clock = logto_dev::Clock::default();
    /// let now = clock.reader();
    /// clock.freeze();
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(now(), clock.now());
    /// ```
    pub fn reader(&self) -> impl Fn() -> SystemTime + Clone + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.now()
    }

    /// The tenant's time in the format of webhooks: `2026-11-20T21:26:59.042Z`.
    pub fn now_iso(&self) -> String {
        iso_date(self.now_ms())
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.shift_by(millis(by));
    }

    /// Sets the clock back, as a time correction does.
    pub fn turn_back(&self, by: Duration) {
        self.shift_by(-millis(by));
    }

    /// Sets the clock, which continues from there.
    pub fn set(&self, now: SystemTime) {
        let wanted = epoch_ms(now);
        let mut shift = self.lock();
        shift.offset_ms = wanted.saturating_sub(epoch_ms(SystemTime::now()));
        if shift.frozen_at.is_some() {
            shift.frozen_at = Some(wanted);
        }
    }

    /// Stops the clock, so that two tokens can have the same second. `advance` and `set` still change it.
    pub fn freeze(&self) {
        let now = self.now_ms();
        self.lock().frozen_at = Some(now);
    }

    /// Lets a frozen clock run again from its current time.
    pub fn run(&self) {
        let now = self.now_ms();
        let mut shift = self.lock();
        shift.frozen_at = None;
        shift.offset_ms = now.saturating_sub(epoch_ms(SystemTime::now()));
    }

    pub(crate) fn now_ms(&self) -> i64 {
        let shift = self.lock();
        match shift.frozen_at {
            Some(frozen) => frozen,
            None => epoch_ms(SystemTime::now()).saturating_add(shift.offset_ms),
        }
    }

    fn shift_by(&self, by_ms: i64) {
        let mut shift = self.lock();
        shift.offset_ms = shift.offset_ms.saturating_add(by_ms);
        shift.frozen_at = shift.frozen_at.map(|at| at.saturating_add(by_ms));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shift> {
        self.shift.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn epoch_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => -millis(before.duration()),
    }
}
