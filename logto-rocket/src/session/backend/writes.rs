//! Changes on their way into a store: by comparing and swapping, and again later where the store does not respond.

use std::sync::Arc;

use super::super::data::DataChange;
use super::super::handle::{SessionHandle, StoreLocator};
use super::super::model::{EndReason, Session, SessionUpdate};
use super::super::store::{Replaced, StoreError};
use super::records::{RecordLookup, SessionRecords};
use crate::error::Error;

/// How often a change is tried again because others change the session too.
const ATTEMPTS: u32 = 32;

/// What updates are applied to first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// What this process believes to be the newest: it saves a question to the store.
    Newest,
    /// What the store has.
    Stored,
}

impl Base {
    /// What was not saved is in this process's newest already, and not in the store's.
    fn before(unsaved: &[SessionUpdate]) -> Self {
        if unsaved.is_empty() { Base::Newest } else { Base::Stored }
    }
}

/// The newest state of a session, and whether it had to be saved.
struct Written {
    handle: SessionHandle,
    is_saved: bool,
}

/// What became of an update.
pub(super) enum Updated {
    Saved(SessionHandle),
    /// The store did not take it: this process has it alone.
    Unsaved(SessionHandle, StoreError),
}

impl SessionRecords {
    /// The newest of what the store has and what this process remembers.
    pub(super) async fn reload(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
    ) -> Result<SessionHandle, Error> {
        let unsaved = handle.local_state().unsaved().await;
        let mut session = self.stored(handle, locator).await?;
        if !unsaved.is_empty() {
            // Others may have written since: what they have not got counts all the same.
            let session = Arc::make_mut(&mut session);
            unsaved.iter().for_each(|update| update(session));
        }
        Ok(handle.with(session).newest()?)
    }

    /// Applies `update`, and whatever the store has not taken before, to what the store has. Where the store does not
    /// take it, this process keeps it: a refresh token may be in it that exists nowhere else.
    pub(super) async fn update(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
        update: SessionUpdate,
    ) -> Result<Updated, Error> {
        let mut unsaved = handle.local_state().unsaved().await;
        match self.write_with(&unsaved, handle, locator, &update).await {
            Ok(written) => {
                unsaved.clear();
                Ok(Updated::Saved(written))
            }
            Err(Error::Store(error)) => {
                unsaved.push(Arc::clone(&update));
                let newest = handle.local_state().update(handle, |newest| update(newest))?;
                Ok(Updated::Unsaved(handle.with(newest), error))
            }
            Err(other) => {
                unsaved.clear();
                Err(other)
            }
        }
    }

    /// Applies `update` as [`update`](Self::update) does. It is dropped where the store does not take it.
    pub(super) async fn try_update(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
        update: SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        let mut unsaved = handle.local_state().unsaved().await;
        let written = self.write_with(&unsaved, handle, locator, &update).await?;
        unsaved.clear();
        Ok(written)
    }

    async fn write_with(
        &self,
        unsaved: &[SessionUpdate],
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
        update: &SessionUpdate,
    ) -> Result<SessionHandle, Error> {
        let mut apply = |session: &mut Session| {
            unsaved.iter().chain([update]).for_each(|update| update(session));
            Ok(true)
        };
        Ok(self.write(handle, locator, Base::before(unsaved), &mut apply).await?.handle)
    }

    /// Changes what the application keeps in the session, and writes whatever the store has not taken before. Nothing
    /// is changed where the store does not take it.
    pub(super) async fn change_data(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
        change: &mut DataChange<'_>,
    ) -> Result<SessionHandle, Error> {
        let mut unsaved = handle.local_state().unsaved().await;
        let base = Base::before(&unsaved);
        let mut apply = |session: &mut Session| {
            unsaved.iter().for_each(|update| update(session));
            change(&mut session.data)
        };
        let written = self.write(handle, locator, base, &mut apply).await?;
        if written.is_saved {
            unsaved.clear();
        }
        Ok(written.handle)
    }

    /// Writes what is unsaved. False if the store does not take it.
    pub(super) async fn save(&self, handle: &SessionHandle, locator: &Arc<StoreLocator>) -> bool {
        let mut unsaved = handle.local_state().unsaved().await;
        // Others may have added to it and got all of it through.
        if unsaved.is_empty() {
            return true;
        }
        // What was offered in vain may have arrived: what the store has decides.
        let mut apply = |session: &mut Session| {
            unsaved.iter().for_each(|update| update(session));
            Ok(true)
        };
        let outcome = self.write(handle, locator, Base::Stored, &mut apply).await;
        let is_done = !matches!(outcome, Err(Error::Store(_)));
        if is_done {
            unsaved.clear();
        }
        is_done
    }

    /// Applies changes and writes the session back, by comparing and swapping. Nothing is written if `apply` says that
    /// it has changed nothing. The caller holds the local state's `unsaved`.
    async fn write(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
        base: Base,
        apply: &mut (dyn FnMut(&mut Session) -> Result<bool, Error> + Send),
    ) -> Result<Written, Error> {
        let mut current = match base {
            Base::Newest => Arc::clone(handle.newest()?.snapshot()),
            Base::Stored => self.stored(handle, locator).await?,
        };
        for _ in 0..ATTEMPTS {
            let mut next = Session::clone(&current);
            if !apply(&mut next)? {
                return Ok(Written { handle: handle.with(current), is_saved: false });
            }
            next.revision = current.revision.wrapping_add(1);
            match self.replace(&locator.record, current.revision, &next).await? {
                Replaced::Done => {
                    let next = Arc::new(next);
                    handle.local_state().saved(&next);
                    return Ok(Written { handle: handle.with(next), is_saved: true });
                }
                Replaced::Gone => {
                    handle.local_state().end(EndReason::Terminated);
                    return Err(Error::SessionEnded);
                }
                Replaced::Conflict => current = self.stored(handle, locator).await?,
            }
        }
        Err(StoreError::new("too many other requests are changing the same session").into())
    }

    async fn stored(
        &self,
        handle: &SessionHandle,
        locator: &Arc<StoreLocator>,
    ) -> Result<Arc<Session>, Error> {
        match self.load(locator).await? {
            RecordLookup::Session(opened, _) => Ok(opened.session),
            RecordLookup::Ended | RecordLookup::Absent => {
                handle.local_state().end(EndReason::Terminated);
                Err(Error::SessionEnded)
            }
        }
    }
}
