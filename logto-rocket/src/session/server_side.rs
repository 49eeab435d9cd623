//! Sessions in a store: the browser's cookie holds a random id, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use super::decoded::DecodedSessions;
use super::ids::SessionIds;
use super::keyspace::KeySpace;
use super::local_state::END_REMEMBERED;
use super::seal::{KeyRing, Opened, Purpose};
use super::store::{BoundedStore, Found, Holder, Replaced, StoreError, StoreKey, StoredSession};
use super::{Session, SessionId, StoreLocator};
use crate::clock::{Clock, UnixTime};
use crate::config::SessionLimits;
use crate::telemetry::{self, SessionEvent};
use crate::types::Secret;

#[derive(Clone)]
pub(super) struct ServerSide {
    store: BoundedStore,
    decoded: Arc<DecodedSessions>,
    keys: Arc<KeyRing>,
    ids: Arc<SessionIds>,
    names: KeySpace,
    limits: SessionLimits,
    clock: Clock,
}

/// What the store has under a place.
pub(super) enum Loaded {
    Session { session: Arc<Session>, with_old_key: bool },
    Ended,
    Nothing,
}

impl ServerSide {
    pub(super) fn new(
        store: BoundedStore,
        keys: Arc<KeyRing>,
        ids: SessionIds,
        names: KeySpace,
        limits: SessionLimits,
        clock: Clock,
    ) -> Self {
        let decoded = Arc::new(DecodedSessions::new());
        ServerSide { store, decoded, keys, ids: Arc::new(ids), names, limits, clock }
    }

    /// Where the session of a cookie with this value lives. `None` for what is no id of ours: the store is
    /// not asked about it.
    pub(super) fn locator_of(&self, cookie: &str) -> Option<StoreLocator> {
        SessionIds::is_id(cookie)
            .then(|| StoreLocator { cookie: Secret::new(cookie), record: self.names.record(cookie) })
    }

    /// Whether this application has made the id that leads to a place, as far as can be told without the store.
    pub(super) fn has_made(&self, locator: &StoreLocator) -> bool {
        self.ids.have_made(locator.cookie.expose())
    }

    /// Gives a session a place of its own. Always a fresh one: an id that somebody has planted in a browser
    /// never comes to name a session.
    pub(super) async fn insert(&self, session: &mut Session) -> Result<(), StoreError> {
        let cookie = self.ids.make();
        let locator = StoreLocator { record: self.names.record(&cookie), cookie: Secret::new(cookie) };
        self.store.insert(&locator.record, &self.to_stored(&locator.record, session)?).await?;
        session.locator = Some(locator);
        Ok(())
    }

    pub(super) async fn load(&self, locator: &StoreLocator) -> Result<Loaded, StoreError> {
        Ok(match self.store.load(&locator.record).await? {
            Found::Session(stored) => self.open_once(locator, &stored),
            Found::Ended => {
                self.decoded.forget(&locator.record);
                Loaded::Ended
            }
            Found::Nothing => {
                self.decoded.forget(&locator.record);
                Loaded::Nothing
            }
        })
    }

    /// Opens a session, unless these bytes were opened before.
    fn open_once(&self, locator: &StoreLocator, stored: &StoredSession) -> Loaded {
        if let Some(known) = self.decoded.find(&locator.record, stored) {
            return Loaded::Session { session: known.session, with_old_key: known.with_old_key };
        }
        let loaded = self.open(locator, stored);
        if let Loaded::Session { session, with_old_key } = &loaded {
            self.decoded.remember(&locator.record, stored, session, *with_old_key);
        }
        loaded
    }

    fn open(&self, locator: &StoreLocator, stored: &StoredSession) -> Loaded {
        match self.keys.open::<Session>(Purpose::StoredSession, &locator.record.to_string(), &stored.sealed) {
            Some(Opened { value: mut session, with_old_key }) => {
                session.locator = Some(locator.clone());
                session.revision = stored.version;
                Loaded::Session { session: Arc::new(session), with_old_key }
            }
            None => {
                telemetry::session(SessionEvent::Unreadable);
                Loaded::Nothing
            }
        }
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

    /// The browser of the session at this place has another one now, under the same name of the cookie.
    pub(super) async fn note_replaced(&self, record: &StoreKey) -> Result<(), StoreError> {
        self.store.mark(record, 1, END_REMEMBERED).await
    }

    pub(super) async fn was_replaced(&self, locator: &StoreLocator) -> Result<bool, StoreError> {
        let marks = self.store.marks(&[locator.record]).await?;
        Ok(marks.first().is_some_and(Option::is_some))
    }

    pub(super) async fn of_subject(&self, subject: &str) -> Result<Vec<StoreKey>, StoreError> {
        self.store.of_subject(&self.names.subject(subject)).await
    }

    pub(super) async fn of_sid(&self, sid: &str) -> Result<Vec<StoreKey>, StoreError> {
        self.store.of_sid(&self.names.sid(sid)).await
    }

    /// The session under a record whose cookie is not at hand, to look at.
    pub(super) async fn look_at(&self, record: &StoreKey) -> Result<Option<Arc<Session>>, StoreError> {
        // Not remembered: no request's session is without its cookie.
        let locator = StoreLocator { cookie: Secret::new(""), record: *record };
        let Found::Session(stored) = self.store.load(record).await? else { return Ok(None) };
        Ok(match self.open(&locator, &stored) {
            Loaded::Session { session, .. } => Some(session),
            Loaded::Ended | Loaded::Nothing => None,
        })
    }

    /// Whether a record is of this person's session, as the store's index tells: also for who has not the key to
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
