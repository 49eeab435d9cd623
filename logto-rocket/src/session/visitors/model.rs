//! What an application keeps for a visitor: somebody who is not signed in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::data::DataEntries;
use super::super::handle::StoreLocator;
use super::super::model::SessionValidity;
use super::super::random::random;
use crate::clock::UnixTime;

/// A visitor's session. It says nothing about who the visitor is, and no guard accepts it.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct VisitorSession {
    pub(in super::super) id: VisitorId,
    pub(in super::super) data: DataEntries,
    pub(in super::super) created: UnixTime,
    /// When it was last written.
    pub(in super::super) seen: UnixTime,
    /// Counts changes.
    pub(in super::super) revision: u64,
}

/// Tells visitors apart whose sessions are in cookies. It leads to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in super::super) struct VisitorId(pub(in super::super) [u8; 16]);

/// An immutable snapshot of a visitor's session. A change makes a new one.
#[derive(Clone)]
pub(crate) struct VisitorHandle {
    pub(super) session: Arc<VisitorSession>,
    /// Where the session is stored, unless in a cookie.
    pub(super) locator: Option<Arc<StoreLocator>>,
    /// Of the session as the request presented it. `None` for a session that this request has begun.
    pub(super) presented_revision: Option<u64>,
    pub(super) renewal_due: bool,
}

/// A session as a cookie or a store had it.
pub(super) struct FoundVisitor {
    pub(super) session: Arc<VisitorSession>,
    pub(super) locator: Option<Arc<StoreLocator>>,
    pub(super) presented_revision: u64,
    pub(super) with_old_key: bool,
}

/// What a visitor's cookie leads to.
pub(super) enum Presented {
    Found(FoundVisitor),
    /// The session has ended: its visitor has signed in or out.
    Ended,
    Nothing,
}

impl VisitorSession {
    pub(super) fn begin(data: DataEntries, now: UnixTime) -> Self {
        VisitorSession { id: VisitorId(random()), data, created: now, seen: now, revision: 0 }
    }
}

impl FoundVisitor {
    pub(super) fn into_handle(self, validity: SessionValidity) -> VisitorHandle {
        VisitorHandle {
            session: self.session,
            locator: self.locator,
            presented_revision: Some(self.presented_revision),
            renewal_due: self.with_old_key || validity == SessionValidity::RenewalDue,
        }
    }
}

impl VisitorHandle {
    /// What the application keeps for the visitor.
    pub(crate) fn data(&self) -> &DataEntries {
        &self.session.data
    }

    /// The same session, changed.
    pub(super) fn with(&self, session: Arc<VisitorSession>) -> Self {
        VisitorHandle { session, ..self.clone() }
    }
}
