//! Chance that can be repeated.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::session::seeded;

/// Decides who goes first, how long things take and what goes wrong. All of one run share it, so that one seed
/// makes one course of events.
#[derive(Clone)]
pub(super) struct Dice {
    state: Arc<Mutex<u64>>,
    /// Where the run is told as it goes.
    told_since: Option<Instant>,
}

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Dice { state: Arc::new(Mutex::new(seed)), told_since: None }
    }

    /// The same, for somebody who wants to read what happens.
    pub(super) fn aloud(self) -> Self {
        Dice { told_since: Some(Instant::now()), ..self }
    }

    pub(super) fn tell(&self, what: impl FnOnce() -> String) {
        if let Some(since) = self.told_since {
            println!("{:>7} ms: {}", since.elapsed().as_millis(), what());
        }
    }

    pub(super) fn below(&self, bound: u64) -> u64 {
        seeded::next(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner)) % bound
    }

    pub(super) fn index(&self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).expect("small"))).expect("small")
    }

    pub(super) fn one_in(&self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    pub(super) fn millis(&self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }

    /// Lets others go first: none, some that are ready, or all that come within a while.
    pub(super) async fn linger(&self) {
        match self.below(8) {
            0 | 1 => {}
            2 | 3 => {
                for _ in 0..=self.below(4) {
                    tokio::task::yield_now().await;
                }
            }
            4..=6 => tokio::time::sleep(self.millis(20)).await,
            _ => tokio::time::sleep(self.millis(200)).await,
        }
    }
}
