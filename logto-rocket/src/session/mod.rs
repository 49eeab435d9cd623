//! Who is signed in, and for how long.
//!
//! A request presents cookies. [`SessionManager::lookup`] finds the session that they lead to, wherever sessions are
//! kept: `backend` alone knows whether that is the browser or a store. A [`SessionHandle`] is one immutable snapshot of
//! the session together with what this process knows of it, for the whole request; a change makes a new snapshot.

mod authorization_age;
mod backend;
mod cached_token;
mod claims;
mod cookie_header;
mod cookie_names;
mod cookies;
mod data;
mod decoded_sessions;
#[cfg(test)]
mod golden;
mod handle;
mod idempotency;
mod ids;
mod keyspace;
mod local_state;
mod lookup;
mod manager;
mod memberships;
mod model;
mod postponed;
mod purpose;
mod random;
mod renewals;
mod requested_access;
mod revocations;
mod seal;
mod session_end;
pub(crate) mod store;
mod unopened_warning;
mod validator;
mod visitors;

pub(crate) use backend::{LeaseOutcome, ListedSession};
pub(crate) use cached_token::{CachedToken, TokenTarget};
pub(crate) use cookie_header::cookie_pairs;
pub(crate) use cookie_names::{CookieNames, PresentedNames, SetCookie};
#[cfg(test)]
pub(crate) use cookies::SessionCookies;
pub(crate) use data::{DataChange, DataEntries};
pub(crate) use handle::SessionHandle;
pub(crate) use idempotency::Begun;
pub(crate) use lookup::{Presented, ResponseAction, SessionLookup, SessionReference, UnresolvedSession};
pub(crate) use manager::SessionManager;
pub(crate) use model::{CachedRoles, EndReason, Session, SessionId, SessionUpdate};
pub(crate) use postponed::{Enqueued, Postponed};
pub(crate) use purpose::Purpose;
pub(crate) use random::random;
#[cfg(test)]
pub(crate) use random::seeded;
pub(crate) use requested_access::RequestedAccess;
pub(crate) use seal::KeyRing;
pub use session_end::{SessionEnd, SessionEndReason};
pub(crate) use session_end::{SessionEndHook, SessionEnds};
pub(crate) use visitors::{VisitorHandle, VisitorLookup, Visitors};
