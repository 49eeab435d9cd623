//! Sessions in a store: the browser's cookie holds a random id, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use super::super::cookie_names::{PresentedNames, SetCookie};
use super::super::cookies::SessionCookies;
use super::super::data::{DataChange, DataEntries};
use super::super::handle::{SessionHandle, StoreLocator};
use super::super::ids::SessionIds;
use super::super::lookup::{ResponseAction, SessionLookup, SessionReference, UnresolvedSession};
use super::super::model::{EndReason, Session, SessionUpdate, SessionValidity};
use super::super::random::random;
use super::super::store::{StoreError, StoreKey};
use super::super::validator::SessionValidator;
use super::ListedSession;
use super::postponed_writes::{PostponedWrites, Proof};
use super::records::{RecordLookup, SessionRecords};
use super::refresh_lease::{LeaseOutcome, RefreshLease};
use super::writes::Updated;
use crate::clock::{Clock, UnixTime};
use crate::error::Error;

/// Ids that are looked up in one request. Where nothing keeps others from using our names, on `http`, they may have put
/// their own beside it.
const MAX_IDS: usize = 16;
/// How long a process waits for another one that refreshes the same session.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(300);

pub(in super::super) struct StoreBackend {
    records: Arc<SessionRecords>,
    cookies: Arc<SessionCookies>,
    validator: Arc<SessionValidator>,
    postponed: PostponedWrites,
    clock: Clock,
}

impl StoreBackend {
    pub(in super::super) fn new(
        records: SessionRecords,
        cookies: Arc<SessionCookies>,
        validator: Arc<SessionValidator>,
        clock: Clock,
    ) -> Self {
        let records = Arc::new(records);
        StoreBackend { records, cookies, validator, postponed: PostponedWrites::new(), clock }
    }

    /// Asks the store once, for the usual request.
    pub(super) async fn lookup(&self, cookies: &[(&str, &str)]) -> SessionLookup {
        let (mut lookup, mut asked) = (SessionLookup::Stale, Vec::new());
        // The store is not asked about what can be no id of ours.
        for id in self.cookies.ids(cookies).filter(|id| SessionIds::is_id(id)) {
            if asked.contains(&id) || asked.len() == MAX_IDS {
                continue;
            }
            let record = self.records.record_of(id);
            let found = match self.records.ask(&record).await {
                Ok(found) => {
                    match self.records.read(&record, found, || Arc::new(self.records.locator_of(id))) {
                        RecordLookup::Session(opened, locator) => {
                            self.validator.validate(opened.session, Some(locator), opened.with_old_key)
                        }
                        RecordLookup::Ended => Box::pin(self.ended(&record)).await,
                        RecordLookup::Absent => SessionLookup::Stale,
                    }
                }
                Err(error) => {
                    let reference = SessionReference::Located(self.records.locator_of(id));
                    SessionLookup::Unresolved(Box::new(UnresolvedSession { error, reference }))
                }
            };
            match found {
                SessionLookup::Stale => {}
                ended @ SessionLookup::Ended(EndReason::Terminated) => lookup = ended,
                found => return found,
            }
            asked.push(id);
        }
        lookup
    }

    /// How the session under a record has ended. A request that was under way while its session was replaced must not
    /// remove the successor's cookie, which has the same name.
    async fn ended(&self, record: &StoreKey) -> SessionLookup {
        match self.records.was_replaced(record).await {
            Ok(false) => SessionLookup::Ended(EndReason::Terminated),
            Ok(true) | Err(_) => SessionLookup::Ended(EndReason::Replaced),
        }
    }

    pub(super) async fn reload(&self, handle: &SessionHandle) -> Result<SessionHandle, Error> {
        match handle.locator() {
            Some(locator) => self.records.reload(handle, locator).await,
            None => Ok(handle.newest()?),
        }
    }

    pub(super) async fn insert(&self, session: Session) -> Result<SessionHandle, Error> {
        let locator = self.records.insert(&session).await?;
        Ok(self.validator.handle(Arc::new(session), Some(locator)))
    }

    /// What the store does not take now is kept in this process and offered to it again.
    pub(super) async fn update(
        &self,
        handle: &SessionHandle,
        update: SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        let locator = handle.locator().ok_or(Error::SessionEnded)?;
        match self.records.update(handle, locator, update).await? {
            Updated::Saved(newest) => Ok(newest),
            Updated::Unsaved(newest, error) => {
                tracing::warn!(target: "logto", "a change of a session could not be saved, so this process keeps it and retries until the store is available: {error}");
                let (records, handle) = (Arc::clone(&self.records), handle.clone());
                self.postponed.update(locator.record, move || {
                    let (records, handle) = (Arc::clone(&records), handle.clone());
                    async move {
                        match handle.locator() {
                            Some(locator) => records.save(&handle, locator).await,
                            None => true,
                        }
                    }
                });
                Ok(newest)
            }
        }
    }

    /// What the store does not take is not changed.
    pub(super) async fn change_data(
        &self,
        handle: &SessionHandle,
        change: &mut DataChange<'_>,
    ) -> Result<SessionHandle, Error> {
        let locator = handle.locator().ok_or(Error::SessionEnded)?;
        self.records.change_data(handle, locator, change).await
    }

    /// Ends the session, whose browser has another one now, and returns its data.
    pub(super) async fn replace(&self, handle: &SessionHandle) -> Result<DataEntries, Error> {
        let locator = handle.locator().ok_or(Error::SessionEnded)?;
        // First, so that a request whose change is refused from here on knows why, and leaves the cookie.
        self.note_replaced(locator).await;
        let mut data = DataEntries::default();
        let mut move_out = |entries: &mut DataEntries| {
            data = entries.move_out()?;
            Ok(true)
        };
        self.records.change_data(handle, locator, &mut move_out).await?;
        handle.local_state().end(EndReason::Replaced);
        self.remove(locator, Proof::Made).await;
        Ok(data)
    }

    pub(super) async fn end(&self, handle: &SessionHandle, reason: EndReason) {
        handle.local_state().end(reason);
        let Some(locator) = handle.locator() else { return };
        if reason == EndReason::Replaced {
            self.note_replaced(locator).await;
        }
        self.remove(locator, Proof::Made).await;
    }

    async fn note_replaced(&self, locator: &StoreLocator) {
        if let Err(error) = self.records.note_replaced(&locator.record).await {
            tracing::warn!(target: "logto", "the replacement of a session could not be saved, so a late response may remove the cookie of the new session: {error}");
        }
    }

    /// Ends whatever session is stored there, if any is: nobody could look.
    pub(super) async fn end_located(&self, locator: &StoreLocator) {
        let proof = if self.records.has_made(locator) { Proof::Made } else { Proof::Unproven };
        self.remove(locator, proof).await;
    }

    async fn remove(&self, locator: &StoreLocator, proof: Proof) {
        let Err(error) = self.records.remove(&locator.record).await else { return };
        tracing::warn!(target: "logto", "an ended session could not be removed from the store; the removal is retried until the store is available: {error}");
        let (records, record) = (Arc::clone(&self.records), locator.record);
        self.postponed.end(proof, record, move || {
            let records = Arc::clone(&records);
            async move { records.remove(&record).await.is_ok() }
        });
    }

    pub(super) async fn was_replaced(&self, handle: &SessionHandle) -> bool {
        if handle.newest().is_err_and(|reason| reason == EndReason::Replaced) {
            return true;
        }
        match handle.locator() {
            Some(locator) => self.records.was_replaced(&locator.record).await.unwrap_or(true),
            None => false,
        }
    }

    /// One process at a time gets the lease.
    pub(super) async fn refresh_lease(
        &self,
        handle: &SessionHandle,
        is_done: impl Fn(&Session) -> bool,
    ) -> Result<LeaseOutcome, Error> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut pause = FIRST_WAIT;
        loop {
            let lease = RefreshLease::take(&self.records, handle.id).await?;
            let newest = self.reload(handle).await?;
            if is_done(&newest) {
                return Ok(LeaseOutcome::Done(newest));
            }
            if let Some(lease) = lease {
                return Ok(LeaseOutcome::Acquired(newest, lease));
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(StoreError::new(
                    "another process still refreshes the session's tokens after 30 seconds",
                )
                .into());
            }
            let [jitter] = random::<1>();
            tokio::time::sleep(pause + pause * u32::from(jitter) / 512).await;
            pause = (pause * 2).min(LONGEST_WAIT);
        }
    }

    pub(super) async fn response_cookies(
        &self,
        handle: &SessionHandle,
        action: ResponseAction,
        presented: &PresentedNames,
    ) -> Result<Vec<SetCookie>, Error> {
        let Some(locator) = handle.locator() else { return Ok(Vec::new()) };
        let id = locator.cookie.expose();
        if action == ResponseAction::Issue {
            return Ok(self.cookies.write_id(id, presented));
        }
        if handle.newest().is_err() {
            let replaced = self.was_replaced(handle).await;
            return Ok(if replaced { Vec::new() } else { self.cookies.expire(presented) });
        }
        // Once for all requests that notice.
        if action != ResponseAction::Renew || !handle.local_state().may_renew() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let seen: SessionUpdate = Arc::new(move |session: &mut Session| session.seen = session.seen.max(now));
        self.records.try_update(handle, locator, seen).await?;
        Ok(self.cookies.write_id(id, presented))
    }

    pub(super) async fn list(&self, subject: &str) -> Result<Vec<ListedSession>, Error> {
        let mut sessions = Vec::new();
        for record in self.records.of_subject(subject).await? {
            let session = self.records.peek(&record).await?;
            let session = session.filter(|session| *session.subject == *subject).filter(|session| {
                matches!(
                    self.validator.validity(session),
                    SessionValidity::Valid | SessionValidity::RenewalDue
                )
            });
            sessions.extend(session.map(|session| ListedSession { session, record }));
        }
        Ok(sessions)
    }

    pub(super) async fn end_listed(&self, listed: &ListedSession) -> Result<(), Error> {
        self.records.remove(&listed.record).await?;
        let ended = self.validator.handle(Arc::clone(&listed.session), None);
        ended.local_state().end(EndReason::Terminated);
        Ok(())
    }

    pub(super) async fn remove_sid(&self, sid: &str, subject: Option<&str>) -> Result<(), Error> {
        for record in self.records.of_sid(sid).await? {
            let is_theirs = match subject {
                None => true,
                Some(subject) => self.records.belongs_to(&record, subject).await?,
            };
            if is_theirs {
                self.records.remove(&record).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn remove_subject(&self, subject: &str) -> Result<(), Error> {
        self.remove_all(self.records.of_subject(subject).await?).await
    }

    pub(super) async fn remove_older(&self, subject: &str, cut: UnixTime) -> Result<(), Error> {
        for record in self.records.of_subject(subject).await? {
            let session = self.records.peek(&record).await?;
            if session.is_some_and(|session| *session.subject == *subject && session.created <= cut) {
                self.records.remove(&record).await?;
            }
        }
        Ok(())
    }

    async fn remove_all(&self, records: Vec<StoreKey>) -> Result<(), Error> {
        for record in records {
            self.records.remove(&record).await?;
        }
        Ok(())
    }
}
