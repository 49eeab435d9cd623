//! Visitors' sessions in a store: the browser's cookie holds a random id, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use super::super::data::{DataChange, DataEntries};
use super::super::handle::StoreLocator;
use super::super::ids::SessionIds;
use super::super::keyspace::KeySpace;
use super::super::local_state::END_REMEMBERED;
use super::super::purpose::Purpose;
use super::super::random::random;
use super::super::seal::KeyRing;
use super::super::store::{BoundedStore, Found, Replaced, StoreError, StoreKey, StoredSession};
use super::model::{FoundVisitor, Presented, VisitorHandle, VisitorSession};
use crate::clock::{Clock, UnixTime};
use crate::config::SessionLimits;
use crate::error::Error;
use crate::types::Secret;

/// How often a change is tried again because others change the session too.
const ATTEMPTS: u32 = 64;
/// So many attempts follow one another without a pause.
const AT_ONCE: u32 = 8;

pub(super) struct StoreVisitors {
    pub(super) store: BoundedStore,
    pub(super) keys: Arc<KeyRing>,
    pub(super) ids: SessionIds,
    pub(super) names: KeySpace,
    pub(super) limits: SessionLimits,
    pub(super) clock: Clock,
}

/// A session as the store has it.
struct Stored {
    session: VisitorSession,
    with_old_key: bool,
}

impl StoreVisitors {
    pub(super) async fn find(&self, cookie: &str) -> Result<Presented, StoreError> {
        // The store is not asked about what can be no id of ours.
        if !SessionIds::is_id(cookie) {
            return Ok(Presented::Nothing);
        }
        let record = self.names.visitor(cookie);
        Ok(match self.store.load(&record).await? {
            Found::Session(stored) => match self.open(&record, &stored) {
                // Its visitor has just signed in. The record is removed next.
                Some(Stored { session, .. }) if session.data.is_moved() => Presented::Ended,
                Some(Stored { session, with_old_key }) => Presented::Found(FoundVisitor {
                    presented_revision: session.revision,
                    session: Arc::new(session),
                    locator: Some(Arc::new(StoreLocator { cookie: Secret::new(cookie), record })),
                    with_old_key,
                }),
                None => Presented::Nothing,
            },
            Found::Ended => Presented::Ended,
            Found::Nothing => Presented::Nothing,
        })
    }

    /// Begins a session under an id of its own: one that somebody has planted in a browser never comes to name a
    /// session.
    pub(super) async fn insert(&self, data: DataEntries) -> Result<VisitorHandle, Error> {
        let session = Arc::new(VisitorSession::begin(data, self.clock.now()));
        let id = self.ids.make();
        let record = self.names.visitor(&id);
        self.store.insert(&record, &self.to_stored(&record, &session)?).await?;
        let locator = Some(Arc::new(StoreLocator { cookie: Secret::new(id), record }));
        Ok(VisitorHandle { session, locator, presented_revision: None, renewal_due: false })
    }

    pub(super) async fn change(
        &self,
        handle: &VisitorHandle,
        change: &mut DataChange<'_>,
    ) -> Result<VisitorHandle, Error> {
        let record = record_of(handle)?;
        let mut current = Arc::clone(&handle.session);
        for attempt in 0..ATTEMPTS {
            let mut next = VisitorSession::clone(&current);
            if !change(&mut next.data)? {
                return Ok(handle.with(current));
            }
            next.seen = next.seen.max(self.clock.now());
            next.revision = current.revision.wrapping_add(1);
            match self.store.replace(record, current.revision, &self.to_stored(record, &next)?).await? {
                Replaced::Done => return Ok(handle.with(Arc::new(next))),
                Replaced::Gone => return Err(Error::SessionEnded),
                Replaced::Conflict => current = self.reload(record).await?,
            }
            if attempt >= AT_ONCE {
                let [jitter] = random::<1>();
                tokio::time::sleep(Duration::from_micros(u64::from(jitter) * 32)).await;
            }
        }
        Err(StoreError::new("too many other requests are changing the same session").into())
    }

    /// Moves the newest data out, so that no change of another request comes in between.
    pub(super) async fn move_out(&self, handle: &VisitorHandle) -> Result<DataEntries, Error> {
        let mut data = DataEntries::default();
        self.change(handle, &mut |entries| {
            data = entries.move_out()?;
            Ok(true)
        })
        .await?;
        Ok(data)
    }

    pub(super) async fn end(&self, handle: &VisitorHandle) -> Result<(), Error> {
        self.store.remove(record_of(handle)?, END_REMEMBERED).await?;
        Ok(())
    }

    /// The value of the cookie for an answer; `None` where the browser has it already.
    pub(super) async fn response_value(&self, handle: &VisitorHandle) -> Result<Option<String>, Error> {
        let Some(locator) = &handle.locator else { return Ok(None) };
        if handle.presented_revision == Some(handle.session.revision) && handle.renewal_due {
            self.renew(&locator.record, &handle.session).await?;
        }
        // A change moves the end of the session, so the browser has to keep the cookie for longer too.
        let is_changed = handle.presented_revision != Some(handle.session.revision);
        let is_due = is_changed || handle.renewal_due;
        Ok(is_due.then(|| locator.cookie.expose().to_owned()))
    }

    /// Writes a session again, so that it does not count as idle. A concurrent change has done so already.
    async fn renew(&self, record: &StoreKey, session: &VisitorSession) -> Result<(), Error> {
        let mut next = session.clone();
        next.seen = next.seen.max(self.clock.now());
        next.revision = session.revision.wrapping_add(1);
        match self.store.replace(record, session.revision, &self.to_stored(record, &next)?).await? {
            Replaced::Done | Replaced::Conflict => Ok(()),
            Replaced::Gone => Err(Error::SessionEnded),
        }
    }

    async fn reload(&self, record: &StoreKey) -> Result<Arc<VisitorSession>, Error> {
        let Found::Session(stored) = self.store.load(record).await? else { return Err(Error::SessionEnded) };
        let opened = self.open(record, &stored).ok_or(Error::SessionEnded)?;
        Ok(Arc::new(opened.session))
    }

    fn open(&self, record: &StoreKey, stored: &StoredSession) -> Option<Stored> {
        let opened =
            self.keys.open::<VisitorSession>(Purpose::Visitor, &record.to_string(), &stored.sealed)?;
        let session = VisitorSession { revision: stored.version, ..opened.value };
        Some(Stored { session, with_old_key: opened.with_old_key })
    }

    fn to_stored(&self, record: &StoreKey, session: &VisitorSession) -> Result<StoredSession, StoreError> {
        let sealed = self
            .keys
            .seal(Purpose::Visitor, &record.to_string(), session)
            .ok_or_else(|| StoreError::new("the session of a visitor could not be sealed"))?;
        Ok(StoredSession {
            version: session.revision,
            sealed: sealed.into(),
            subject: self.names.visitors(),
            sid: None,
            lasts: self.lasts(session, self.clock.now()),
        })
    }

    /// Until the first of the two limits.
    fn lasts(&self, session: &VisitorSession, now: UnixTime) -> Duration {
        self.limits.idle.min(self.limits.absolute.saturating_sub(now.since(session.created)))
    }
}

fn record_of(handle: &VisitorHandle) -> Result<&StoreKey, Error> {
    handle.locator.as_ref().map(|locator| &locator.record).ok_or(Error::SessionEnded)
}
