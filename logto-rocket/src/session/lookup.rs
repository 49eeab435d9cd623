//! What the cookies of a request lead to, and what its answer does about them.

use super::cookie_names::PresentedNames;
use super::handle::{SessionHandle, StoreLocator};
use super::model::EndReason;
use super::store::StoreError;

/// What a request presented.
pub(crate) struct Presented {
    /// Names of the session cookies that the request sent, valid or not.
    pub(crate) names: PresentedNames,
    pub(crate) lookup: SessionLookup,
}

/// What became of the session that a request presented.
pub(crate) enum SessionLookup {
    /// The request sent no session cookie.
    Absent,
    /// The cookies open no session: they are of no use to anybody.
    Stale,
    Active(SessionHandle),
    /// The request sent a session of this application that has ended.
    Ended(EndReason),
    /// The session was written in the future: the clock was set back. Its cookies stay, as it may be valid later.
    NotYetValid,
    /// The store does not respond, so the session's state is unknown.
    Unresolved(Box<UnresolvedSession>),
}

/// A session of which nobody can tell whether it has ended.
pub(crate) struct UnresolvedSession {
    /// Why nobody can.
    pub(crate) error: StoreError,
    pub(crate) reference: SessionReference,
}

/// What leads to an unresolved session: enough to end it.
pub(crate) enum SessionReference {
    Located(StoreLocator),
    Opened(SessionHandle),
}

/// What the answer does about the session's cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseAction {
    /// Nothing, unless the session has changed since it was presented.
    None,
    /// The same, and a change does not count as use of the session.
    Unrenewed,
    /// Writes the session again, so that it does not count as idle or stay sealed with an old key.
    Renew,
    /// Gives the browser the cookies of a session that has just begun.
    Issue,
    /// Removes the session cookies that the request sent.
    Expire,
}
