//! Counts the refreshes for which everything is asked anew, so that requests can share one.

use std::sync::atomic::{AtomicU64, Ordering};

/// Those of one session in this process. Only the holder of the session's refresh lock begins one.
#[derive(Debug, Default)]
pub(crate) struct Renewals {
    begun: AtomicU64,
    /// The number of the last one that succeeded.
    succeeded: AtomicU64,
}

impl Renewals {
    /// How many have begun so far.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Acquire)
    }

    /// One begins. Returns its number.
    pub(crate) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The one with this number has succeeded.
    pub(crate) fn succeed(&self, number: u64) {
        self.succeeded.store(number, Ordering::Release);
    }

    /// Whether one has succeeded that began after so many. One that was under way by then may have been answered
    /// before a change that its caller knows of.
    pub(crate) fn has_succeeded_since(&self, begun: u64) -> bool {
        self.succeeded.load(Ordering::Acquire) > begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_that_began_later_counts() {
        let renewals = Renewals::default();
        let before = renewals.begun();
        let first = renewals.begin();
        let meanwhile = renewals.begun();
        assert!(!renewals.has_succeeded_since(before), "it is under way");
        renewals.succeed(first);
        assert!(renewals.has_succeeded_since(before));
        assert!(!renewals.has_succeeded_since(meanwhile), "it may have been answered before");
        let second = renewals.begin();
        renewals.succeed(second);
        assert!(renewals.has_succeeded_since(meanwhile));
    }
}
