//! The limits of the store in memory that its parts share.

use std::time::Duration;

use tokio::time::Instant;

/// A user with this many sessions loses one of their own when the store is full. The number is smaller in a small store.
pub(super) const OWN_FIRST: usize = 10;
/// How many expired entries of each kind each call removes. No call adds more than one, so a few are enough to keep up.
pub(super) const SWEPT_PER_CALL: usize = 4;
/// The longest lifetime of an entry.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// When an entry expires that is written now.
pub(super) fn after(now: Instant, lasts: Duration) -> Instant {
    now + lasts.min(LONGEST)
}
