//! How long before its end a token is fetched anew.

use std::time::Duration;

/// A token this close to its end is fetched anew, so that it does not end on its way.
const LEAST: Duration = Duration::from_secs(60);
/// Up to so many seconds more, so that tokens that were issued together are not fetched together.
const SPREAD: u64 = 30;

/// The margin for a random `spread`.
pub(super) fn renewal_margin(spread: u16) -> Duration {
    LEAST + Duration::from_secs(u64::from(spread) % SPREAD)
}

/// At most a third of a token's life: a short life is not spent on early renewals.
pub(super) fn within_life(margin: Duration, life: Duration) -> Duration {
    margin.min(life / 3)
}
