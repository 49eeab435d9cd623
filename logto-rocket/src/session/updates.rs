//! Changes on their way into a store: by comparing and swapping, and again later where it does not answer.

use std::sync::Arc;
use std::time::Duration;

use super::local_state::{EndReason, Known, LocalSessionState};
use super::postponed::{Postponed, Put};
use super::server_side::{Loaded, ServerSide};
use super::store::{Replaced, StoreError, StoreKey};
use super::{Session, StoreLocator};
use crate::error::Error;

/// How often a change is tried again because others change the session too.
const ATTEMPTS: u32 = 32;
/// How long something that the store did not take is offered again.
const OFFERED_FOR: Duration = Duration::from_secs(600);
/// How many sessions with changes wait for the store. Each was opened: strangers cannot cause one.
const CHANGES: usize = 1_024;
/// How many ends of sessions that this application has made.
const ENDS: usize = 65_536;
/// How many ends of sessions that may have been invented, while nobody can look.
const UNPROVEN_ENDS: usize = 256;

/// A change of a session. Applied anew to the newest state each time somebody else was faster: it sets what
/// it sets, whatever was there.
pub(crate) type SessionUpdate = Arc<dyn Fn(&mut Session) + Send + Sync>;

pub(super) fn alive(known: Known) -> Result<Arc<Session>, Error> {
    match known {
        Known::Alive(session) => Ok(session),
        Known::Ended(_) => Err(Error::SessionEnded),
    }
}

/// The newest of what the store has and what this process remembers.
pub(super) async fn reread(
    server: &ServerSide,
    local_state: &LocalSessionState,
    locator: &StoreLocator,
) -> Result<Arc<Session>, Error> {
    let unsaved = local_state.unsaved().await;
    match server.load(locator).await? {
        Loaded::Session { mut session, .. } => {
            if !unsaved.is_empty() {
                // Others may have written since: what they have not got counts all the same.
                let session = Arc::make_mut(&mut session);
                unsaved.iter().for_each(|edit| edit(session));
            }
            alive(local_state.newest(session))
        }
        Loaded::Ended | Loaded::Nothing => {
            local_state.end(EndReason::Over);
            Err(Error::SessionEnded)
        }
    }
}

/// What edits are applied to first.
pub(super) enum Base {
    /// What this process believes to be the newest: it saves a question to the store.
    Newest,
    /// What the store has.
    Stored,
}

/// Applies `edits` to what the store has and writes it back, by comparing and swapping. The caller holds the
/// local state's `unsaved`.
pub(super) async fn write(
    server: &ServerSide,
    local_state: &LocalSessionState,
    session: &Arc<Session>,
    locator: &StoreLocator,
    edits: &[SessionUpdate],
    base: Base,
) -> Result<Arc<Session>, Error> {
    let mut current = match base {
        Base::Newest => alive(local_state.newest(Arc::clone(session)))?,
        Base::Stored => stored(server, local_state, locator).await?,
    };
    for _ in 0..ATTEMPTS {
        let mut next = Session::clone(&current);
        edits.iter().for_each(|edit| edit(&mut next));
        next.revision = current.revision.wrapping_add(1);
        match server.replace(&locator.record, current.revision, &next).await? {
            Replaced::Done => {
                let next = Arc::new(next);
                local_state.saved(&next);
                return Ok(next);
            }
            Replaced::Gone => {
                local_state.end(EndReason::Over);
                return Err(Error::SessionEnded);
            }
            Replaced::Conflict => current = stored(server, local_state, locator).await?,
        }
    }
    Err(StoreError::new("too many others change the same session").into())
}

pub(super) async fn stored(
    server: &ServerSide,
    local_state: &LocalSessionState,
    locator: &StoreLocator,
) -> Result<Arc<Session>, Error> {
    match server.load(locator).await? {
        Loaded::Session { session, .. } => Ok(session),
        Loaded::Ended | Loaded::Nothing => {
            local_state.end(EndReason::Over);
            Err(Error::SessionEnded)
        }
    }
}

/// What the store did not take, in three pools: what strangers can cause takes no room from the rest.
pub(super) struct WaitingForStore {
    changes: Postponed<StoreKey>,
    ends: Postponed<StoreKey>,
    unproven_ends: Postponed<StoreKey>,
}

/// Whose session is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It was opened, or this application has made its id.
    Made,
    /// Its id may be invented.
    Unproven,
}

impl WaitingForStore {
    pub(super) fn new() -> Self {
        WaitingForStore {
            changes: Postponed::new(CHANGES, OFFERED_FOR, || given_up("keep a change of a session")),
            ends: Postponed::new(ENDS, OFFERED_FOR, || given_up("end a session")),
            unproven_ends: Postponed::new(UNPROVEN_ENDS, OFFERED_FOR, || given_up("end a session")),
        }
    }

    /// Offers what the store did not take of a session's changes, until it does.
    pub(super) fn offer_again(
        &self,
        server: ServerSide,
        local_state: Arc<LocalSessionState>,
        session: Arc<Session>,
        locator: StoreLocator,
    ) {
        let locator = Arc::new(locator);
        let put = self.changes.put(locator.record, move || {
            let (server, local_state) = (server.clone(), Arc::clone(&local_state));
            let (session, locator) = (Arc::clone(&session), Arc::clone(&locator));
            async move { save(&server, &local_state, &session, &locator).await }
        });
        note_room(put, "keep a change of a session");
    }

    /// Ends a session as soon as the store does its part. `key` names it.
    pub(super) fn end<F>(&self, proof: Proof, key: StoreKey, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let pool = if proof == Proof::Made { &self.ends } else { &self.unproven_ends };
        note_room(pool.put(key, work), "end a session");
    }
}

fn note_room(put: Put, what: &'static str) {
    if put == Put::NoRoom {
        tracing::error!(target: "logto", "too many operations are waiting for the session store, so one was dropped ({what}); restore the store");
    }
}

fn given_up(what: &'static str) {
    tracing::error!(target: "logto", "the session store has not answered for ten minutes, so an operation was dropped ({what}); restore the store");
}

/// Writes what is unsaved. False if the store does not take it.
pub(super) async fn save(
    server: &ServerSide,
    local_state: &LocalSessionState,
    session: &Arc<Session>,
    locator: &StoreLocator,
) -> bool {
    let mut unsaved = local_state.unsaved().await;
    // Others may have added to it and got all of it through.
    if unsaved.is_empty() {
        return true;
    }
    // What was offered in vain may have arrived: what the store has decides.
    let outcome = write(server, local_state, session, locator, &unsaved, Base::Stored).await;
    let is_over = !matches!(outcome, Err(Error::Store(_)));
    if is_over {
        unsaved.clear();
    }
    is_over
}
