//! The refresh lease: one process at a time refreshes the tokens of a session. The lease is an entry in the store that is
//! renewed while it is held.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::super::handle::SessionHandle;
use super::super::model::SessionId;
use super::super::random::random;
use super::super::store::{Holder, StoreError};
use super::records::SessionRecords;

/// A lease that is not prolonged ends so soon that the next process can still use the refresh token which a
/// dead process may have spent: Logto accepts it once more for three seconds.
const LEASE_DURATION: Duration = Duration::from_secs(2);
const PROLONGED_EVERY: Duration = Duration::from_millis(500);

/// The right of one process to refresh a session's tokens. Dropping it releases the lease.
pub(crate) struct RefreshLease {
    held: Option<Held>,
}

struct Held {
    records: Arc<SessionRecords>,
    id: SessionId,
    holder: Holder,
    prolonging: AbortHandle,
}

impl Drop for RefreshLease {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        held.prolonging.abort();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Where the store does not take it back, it ends by itself.
                let _ = held.records.release(held.id, &held.holder).await;
            });
        }
    }
}

/// What became of the wait for the lease.
pub(crate) enum LeaseOutcome {
    /// Another process has refreshed the tokens meanwhile.
    Done(SessionHandle),
    Acquired(SessionHandle, RefreshLease),
}

impl RefreshLease {
    /// Of sessions in cookies, which no other process knows.
    pub(super) fn undisputed() -> Self {
        RefreshLease { held: None }
    }

    /// `None` while somebody else has it. Each time is a lease of its own.
    pub(super) async fn take(
        records: &Arc<SessionRecords>,
        id: SessionId,
    ) -> Result<Option<Self>, StoreError> {
        let holder = Holder::from_bytes(random());
        Ok(records.lease(id, &holder, LEASE_DURATION).await?.then(|| hold(records, id, holder)))
    }
}

/// Prolongs a lease for as long as its holder is at work.
fn hold(records: &Arc<SessionRecords>, id: SessionId, holder: Holder) -> RefreshLease {
    let prolonging = {
        let records = Arc::clone(records);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROLONGED_EVERY).await;
                // A lost lease does no harm: every write is a compare-and-swap.
                let _ = records.lease(id, &holder, LEASE_DURATION).await;
            }
        })
    };
    RefreshLease {
        held: Some(Held { records: Arc::clone(records), id, holder, prolonging: prolonging.abort_handle() }),
    }
}
