//! What must happen once, whatever is delivered twice: webhooks and logout tokens.

use std::time::Duration;

use super::keyspace::KeySpace;
use super::store::{BoundedStore, Holder};
use crate::clock::Clock;
use crate::error::Error;

/// How long something that was begun may take until another process may begin it.
const LEASE: Duration = Duration::from_secs(60);

/// What becomes of the wish to do something once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// Do it, and say how it went.
    Now,
    /// Another request or process is doing it.
    UnderWay,
    /// It was done before.
    Done,
}

/// Shared by all processes that share a store.
pub(crate) struct Idempotency {
    store: BoundedStore,
    names: KeySpace,
    clock: Clock,
}

impl Idempotency {
    pub(super) fn new(store: BoundedStore, names: KeySpace, clock: Clock) -> Self {
        Idempotency { store, names, clock }
    }

    /// True for the first who asks about `key` within `lasts`, in all processes.
    pub(crate) async fn first_time(&self, key: &str, lasts: Duration) -> Result<bool, Error> {
        Ok(self.store.claim(&self.names.once(key), lasts).await?)
    }

    /// Begins something that is to be done once. What is under way or done is not begun again; what was begun
    /// and not finished may be begun again after a minute.
    pub(crate) async fn begin(&self, key: &str, holder: &Holder) -> Result<Begun, Error> {
        let key = self.names.once(key);
        if !self.store.lease(&key, holder, LEASE).await? {
            return Ok(Begun::UnderWay);
        }
        if self.store.marks(&[key]).await?.first().is_some_and(Option::is_some) {
            self.store.release(&key, holder).await?;
            return Ok(Begun::Done);
        }
        Ok(Begun::Now)
    }

    /// Finishes what was begun: it is done, and that is remembered for `done`; or, without `done`, it has failed and
    /// may be begun again.
    pub(crate) async fn finish(
        &self,
        key: &str,
        holder: &Holder,
        done: Option<Duration>,
    ) -> Result<(), Error> {
        let key = self.names.once(key);
        if let Some(lasts) = done {
            self.store.mark(&key, self.clock.now().0, lasts).await?;
        }
        Ok(self.store.release(&key, holder).await?)
    }
}
