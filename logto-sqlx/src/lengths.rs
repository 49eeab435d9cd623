//! Lengths of time as the databases count them.

use std::time::Duration;

/// Nothing is kept for longer, whatever is asked: far from what the databases can count.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// In microseconds, rounded up.
pub(crate) fn micros(lasts: Duration) -> i64 {
    i64::try_from(lasts.min(LONGEST).as_nanos().div_ceil(1_000)).unwrap_or(i64::MAX)
}

/// What is left, in microseconds.
pub(crate) fn left(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_microseconds_of_at_most_a_century() {
        assert_eq!(micros(Duration::ZERO), 0);
        assert_eq!(micros(Duration::from_nanos(1)), 1);
        assert_eq!(micros(Duration::from_nanos(1_001)), 2);
        assert_eq!(micros(Duration::MAX), 3_153_600_000_000_000);
        assert_eq!(left(1_500), Duration::from_micros(1_500));
        assert_eq!(left(-1), Duration::ZERO);
    }
}
