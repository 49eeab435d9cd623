//! The way to the token endpoint for what browsers bring: anybody can send a callback with an invented code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::{Endpoint, Unavailable, UnavailableCause};

/// Exchanges at one time.
const AT_ONCE: usize = 8;
/// So many wait at most.
const QUEUE: usize = 256;
/// Who waits longer is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets few code exchanges run at once. The latest comer goes first, and where too many wait the oldest gives way: in a
/// flood nobody gets through who has to stand behind all of it, while a user who tries again soon does.
#[derive(Clone)]
pub(crate) struct ExchangeLimit(Arc<Shared>);

struct Shared {
    at_once: usize,
    queue: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: usize,
    /// Oldest first.
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

/// Held while an exchange runs; then the next one's.
pub(crate) struct Permit(Arc<Shared>);

impl ExchangeLimit {
    pub(crate) fn new() -> Self {
        ExchangeLimit::with(AT_ONCE, QUEUE)
    }

    fn with(at_once: usize, queue: usize) -> Self {
        ExchangeLimit(Arc::new(Shared { at_once, queue, state: Mutex::default() }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    ///
    /// That too many others want one.
    pub(crate) async fn acquire(&self) -> Result<Permit, Unavailable> {
        let waiting = {
            let mut state = self.0.state();
            if state.running < self.0.at_once {
                state.running += 1;
                return Ok(Permit(Arc::clone(&self.0)));
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(sender);
            if state.waiting.len() > self.0.queue {
                state.waiting.pop_front();
            }
            receiver
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Unavailable {
                endpoint: Endpoint::Token,
                cause: UnavailableCause::Overloaded,
                retry_after: Some(Duration::from_secs(1)),
            }),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.state();
            let next = state.waiting.pop_back();
            if next.is_none() {
                state.running -= 1;
            }
            next
        };
        if let Some(next) = next {
            // Where nobody waits for it any more, the turn comes back and is dropped here: it goes on to the next.
            let _ = next.send(Permit(Arc::clone(&self.0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::time::timeout;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn field_27_the_latest_comer_goes_first_and_the_oldest_gives_way() {
        let limit = ExchangeLimit::with(1, 2);
        let running = limit.acquire().await.expect("room");
        let (mut first, mut second, mut third) =
            (pin!(limit.acquire()), pin!(limit.acquire()), pin!(limit.acquire()));
        assert!(timeout(MOMENT, first.as_mut()).await.is_err(), "it waits");
        assert!(timeout(MOMENT, second.as_mut()).await.is_err(), "it waits");
        assert!(timeout(MOMENT, third.as_mut()).await.is_err(), "it waits");
        assert!(first.await.is_err(), "it has given way");
        drop(running);
        let permit = third.await.expect("the latest");
        assert!(timeout(MOMENT, second.as_mut()).await.is_err(), "one at a time");
        drop(permit);
        drop(second.await.expect("its turn"));
        assert_eq!(limit.0.state().running, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn field_27_who_goes_away_takes_no_turn_along() {
        let limit = ExchangeLimit::with(1, 8);
        let running = limit.acquire().await.expect("room");
        let mut patient = pin!(limit.acquire());
        assert!(timeout(MOMENT, patient.as_mut()).await.is_err());
        for _ in 0..3 {
            let mut impatient = Box::pin(limit.acquire());
            assert!(timeout(MOMENT, impatient.as_mut()).await.is_err());
        }
        drop(running);
        drop(patient.await.expect("its turn"));
        assert_eq!(limit.0.state().running, 0);
        drop(limit.acquire().await.expect("room again"));
    }

    #[tokio::test(start_paused = true)]
    async fn field_27_nobody_waits_for_ever() {
        let limit = ExchangeLimit::with(1, 8);
        let _running = limit.acquire().await.expect("room");
        let refused = limit.acquire().await.err().expect("no turn");
        assert_eq!(refused.cause, UnavailableCause::Overloaded);
        assert!(refused.retry_after.is_some());
    }
}
