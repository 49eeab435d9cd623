//! The records of sessions in a store: sealed, under names that are hashes.

use std::sync::Arc;
use std::time::Duration;

use super::super::decoded_sessions::{Decoded, DecodedSessions, OpenedSession};
use super::super::handle::StoreLocator;
use super::super::ids::SessionIds;
use super::super::keyspace::KeySpace;
use super::super::local_state::END_REMEMBERED;
use super::super::model::{Session, SessionId};
use super::super::purpose::Purpose;
use super::super::seal::{KeyRing, Opened};
use super::super::store::{
    Bounded, BoundedStore, Found, Holder, Replaced, StoreError, StoreKey, StoredSession,
};
use crate::clock::{Clock, UnixTime};
use crate::config::SessionLimits;
use crate::telemetry::{self, SessionEvent};
use crate::types::Secret;

pub(in super::super) struct SessionRecords {
    store: BoundedStore,
    decoded: DecodedSessions,
    keys: Arc<KeyRing>,
    ids: SessionIds,
    names: KeySpace,
    limits: SessionLimits,
    clock: Clock,
}

/// What the store has under a record.
pub(super) enum RecordLookup {
    Session(OpenedSession, Arc<StoreLocator>),
    Ended,
    Absent,
}

impl SessionRecords {
    pub(in super::super) fn new(
        store: BoundedStore,
        keys: Arc<KeyRing>,
        ids: SessionIds,
        names: KeySpace,
        limits: SessionLimits,
        clock: Clock,
    ) -> Self {
        SessionRecords { store, decoded: DecodedSessions::new(), keys, ids, names, limits, clock }
    }

    /// Where the session of a cookie with this value is stored.
    pub(super) fn locator_of(&self, cookie: &str) -> StoreLocator {
        StoreLocator { cookie: Secret::new(cookie), record: self.names.record(cookie) }
    }

    /// Whether this application has made the id that leads to a place, as far as can be told without the store.
    pub(super) fn has_made(&self, locator: &StoreLocator) -> bool {
        self.ids.have_made(locator.cookie.expose())
    }

    /// Stores a session under an id of its own. Always a fresh one: an id that somebody has planted in a browser
    /// never comes to name a session.
    pub(super) async fn insert(&self, session: &Session) -> Result<Arc<StoreLocator>, StoreError> {
        let locator = Arc::new(self.locator_of(&self.ids.make()));
        self.store.insert(&locator.record, &self.to_stored(&locator.record, session)?).await?;
        Ok(locator)
    }

    /// Asks the store for a record. What it returns is for [`read`](Self::read).
    pub(super) fn ask<'a>(&'a self, record: &'a StoreKey) -> Bounded<'a, Found> {
        self.store.load(record)
    }

    pub(super) async fn load(&self, locator: &Arc<StoreLocator>) -> Result<RecordLookup, StoreError> {
        let found = self.ask(&locator.record).await?;
        Ok(self.read(&locator.record, found, || Arc::clone(locator)))
    }

    /// What the store has found under a record.
    pub(super) fn read(
        &self,
        record: &StoreKey,
        found: Found,
        locator: impl FnOnce() -> Arc<StoreLocator>,
    ) -> RecordLookup {
        let stored = match found {
            Found::Session(stored) => stored,
            ended => {
                self.decoded.forget(record);
                return if ended == Found::Ended { RecordLookup::Ended } else { RecordLookup::Absent };
            }
        };
        // Neither decrypted nor decoded once more while the store has the same bytes.
        if let Some(Decoded { opened, locator, .. }) = self.decoded.find(record, &stored) {
            return RecordLookup::Session(opened, locator);
        }
        let Some(opened) = self.open(record, &stored) else { return RecordLookup::Absent };
        // Its browser has another session. The record is removed next.
        if opened.session.data.is_moved() {
            self.decoded.forget(record);
            return RecordLookup::Ended;
        }
        let locator = locator();
        self.decoded.remember(&locator, &stored, &opened);
        RecordLookup::Session(opened, locator)
    }

    fn open(&self, record: &StoreKey, stored: &StoredSession) -> Option<OpenedSession> {
        let opened = self.keys.open::<Session>(Purpose::StoredSession, &record.to_string(), &stored.sealed);
        let Some(Opened { value: mut session, with_old_key }) = opened else {
            telemetry::session(SessionEvent::Unreadable, None);
            return None;
        };
        session.revision = stored.version;
        Some(OpenedSession { session: Arc::new(session), with_old_key })
    }

    /// Writes `next`, which came of revision `expected`.
    pub(super) async fn replace(
        &self,
        record: &StoreKey,
        expected: u64,
        next: &Session,
    ) -> Result<Replaced, StoreError> {
        self.store.replace(record, expected, &self.to_stored(record, next)?).await
    }

    pub(super) async fn remove(&self, record: &StoreKey) -> Result<bool, StoreError> {
        let removed = self.store.remove(record, END_REMEMBERED).await;
        self.decoded.forget(record);
        removed
    }

    /// The browser of the session under this record has another one now, under the same name of the cookie.
    pub(super) async fn note_replaced(&self, record: &StoreKey) -> Result<(), StoreError> {
        self.store.mark(record, 1, END_REMEMBERED).await
    }

    pub(super) async fn was_replaced(&self, record: &StoreKey) -> Result<bool, StoreError> {
        let marks = self.store.marks(&[*record]).await?;
        Ok(marks.first().is_some_and(Option::is_some))
    }

    pub(super) async fn of_subject(&self, subject: &str) -> Result<Vec<StoreKey>, StoreError> {
        self.store.of_subject(&self.names.subject(subject)).await
    }

    pub(super) async fn of_sid(&self, sid: &str) -> Result<Vec<StoreKey>, StoreError> {
        self.store.of_sid(&self.names.sid(sid)).await
    }

    /// The session under a record whose cookie is not at hand.
    pub(super) async fn peek(&self, record: &StoreKey) -> Result<Option<Arc<Session>>, StoreError> {
        // Not remembered as decoded: a request's session has its cookie.
        let Found::Session(stored) = self.store.load(record).await? else { return Ok(None) };
        Ok(self.open(record, &stored).map(|opened| opened.session))
    }

    pub(super) fn record_of(&self, cookie: &str) -> StoreKey {
        self.names.record(cookie)
    }

    /// Whether a record is of this user's session, as the store's index tells: also for who has not the key to
    /// open it.
    pub(super) async fn belongs_to(&self, record: &StoreKey, subject: &str) -> Result<bool, StoreError> {
        Ok(match self.store.load(record).await? {
            Found::Session(stored) => stored.subject == self.names.subject(subject),
            Found::Ended | Found::Nothing => false,
        })
    }

    pub(super) async fn lease(
        &self,
        id: SessionId,
        holder: &Holder,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        self.store.lease(&self.names.session(id), holder, lasts).await
    }

    pub(super) async fn release(&self, id: SessionId, holder: &Holder) -> Result<(), StoreError> {
        self.store.release(&self.names.session(id), holder).await
    }

    fn to_stored(&self, record: &StoreKey, session: &Session) -> Result<StoredSession, StoreError> {
        let sealed = self
            .keys
            .seal(Purpose::StoredSession, &record.to_string(), session)
            .ok_or_else(|| StoreError::new("a session could not be sealed"))?;
        Ok(StoredSession {
            version: session.revision,
            sealed: sealed.into(),
            subject: self.names.subject(&session.subject),
            sid: session.sid.as_deref().map(|sid| self.names.sid(sid)),
            lasts: self.lasts(session, self.clock.now()),
        })
    }

    /// Until the first of the two limits.
    fn lasts(&self, session: &Session, now: UnixTime) -> Duration {
        self.limits.idle.min(self.limits.absolute.saturating_sub(now.since(session.created)))
    }
}
