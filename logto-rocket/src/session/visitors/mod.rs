//! What an application keeps for visitors, who are not signed in: in a cookie of its own, or in the store under an id
//! of its own. A visitor's session is no session of a user: it has another purpose, other names and other keys.

mod cookie;
mod model;
mod store;

use std::sync::Arc;
use std::time::Duration;

use cookie::CookieVisitors;
pub(crate) use model::VisitorHandle;
use model::{FoundVisitor, Presented};
#[cfg(test)]
pub(super) use model::{VisitorId, VisitorSession};
use store::StoreVisitors;

use super::cookie_names::{CookieNames, SetCookie};
use super::data::{DataChange, DataEntries};
use super::ids::SessionIds;
use super::keyspace::KeySpace;
use super::model::SessionValidity;
use super::seal::KeyRing;
use super::store::{BoundedStore, StoreError};
use crate::clock::Clock;
use crate::config::{SessionLimits, WebAppConfig};
use crate::error::Error;

/// Cookies of this name that are looked at in one request. Where nothing keeps others from using our names, on `http`,
/// they may have put their own beside it.
const MAX_COOKIES: usize = 4;

pub(crate) struct Visitors {
    backend: VisitorBackend,
    /// Of the cookie.
    name: String,
    limits: SessionLimits,
    leeway: Duration,
    clock: Clock,
}

enum VisitorBackend {
    Cookie(CookieVisitors),
    Store(StoreVisitors),
}

/// What became of the visitor's session that a request presented.
pub(crate) enum VisitorLookup {
    /// The request sent no cookie, or one that may be valid later.
    Absent,
    /// The cookie leads to nothing.
    Stale,
    /// The session has ended: its visitor has signed in or out.
    Ended,
    Active(VisitorHandle),
}

impl Visitors {
    /// `store` has the sessions of visitors where `in_store` says so.
    pub(crate) fn open(
        config: &WebAppConfig,
        names: &CookieNames,
        keys: &Arc<KeyRing>,
        store: BoundedStore,
        in_store: bool,
        clock: &Clock,
    ) -> Self {
        let (name, limits, keys, clock) = (names.visitor(), config.session, Arc::clone(keys), clock.clone());
        let backend = if in_store {
            let (ids, names) =
                (SessionIds::new(config), KeySpace::new(&config.app.id, &config.environment()));
            VisitorBackend::Store(StoreVisitors { store, keys, ids, names, limits, clock: clock.clone() })
        } else {
            VisitorBackend::Cookie(CookieVisitors::new(keys, name.clone(), clock.clone()))
        };
        Visitors { backend, name, limits, leeway: config.leeway, clock }
    }

    /// Whether a change of `handle` reaches the browser with an answer alone.
    pub(crate) fn needs_response(&self, handle: Option<&VisitorHandle>) -> bool {
        matches!(self.backend, VisitorBackend::Cookie(_)) || handle.is_none()
    }

    /// The visitor's session that cookies lead to. No store is asked without the cookie.
    pub(crate) async fn lookup(&self, cookies: &[(&str, &str)]) -> Result<VisitorLookup, StoreError> {
        let mut lookup = VisitorLookup::Absent;
        let named = cookies.iter().filter(|(name, _)| *name == self.name);
        for (_, value) in named.take(MAX_COOKIES) {
            let presented = match &self.backend {
                VisitorBackend::Cookie(visitors) => visitors.find(value),
                VisitorBackend::Store(visitors) => visitors.find(value).await?,
            };
            lookup = match presented {
                Presented::Found(found) => match self.validity(&found) {
                    SessionValidity::NotYetValid => continue,
                    SessionValidity::Expired => VisitorLookup::Stale,
                    valid => return Ok(VisitorLookup::Active(found.into_handle(valid))),
                },
                Presented::Ended => VisitorLookup::Ended,
                Presented::Nothing => VisitorLookup::Stale,
            };
        }
        Ok(lookup)
    }

    fn validity(&self, found: &FoundVisitor) -> SessionValidity {
        let session = &found.session;
        SessionValidity::of(session.created, session.seen, self.limits, self.clock.now(), self.leeway)
    }

    /// Changes what the application keeps for a visitor. A session begins with the first value. What the store does
    /// not take is not changed.
    pub(crate) async fn change(
        &self,
        handle: Option<&VisitorHandle>,
        change: &mut DataChange<'_>,
    ) -> Result<Option<VisitorHandle>, Error> {
        let Some(handle) = handle else {
            let mut data = DataEntries::default();
            if !change(&mut data)? || data.is_empty() {
                return Ok(None);
            }
            return Ok(Some(match &self.backend {
                VisitorBackend::Cookie(visitors) => visitors.insert(data)?,
                VisitorBackend::Store(visitors) => visitors.insert(data).await?,
            }));
        };
        Ok(Some(match &self.backend {
            VisitorBackend::Cookie(visitors) => visitors.change(handle, change)?,
            VisitorBackend::Store(visitors) => visitors.change(handle, change).await?,
        }))
    }

    /// Ends a visitor's session and returns what the application keeps in it, with every change that was answered as
    /// a success. Later changes are refused.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`]: another request was faster. [`Error::Store`]: the session has not ended.
    pub(crate) async fn take(&self, handle: &VisitorHandle) -> Result<DataEntries, Error> {
        match &self.backend {
            VisitorBackend::Cookie(visitors) => visitors.take(handle),
            VisitorBackend::Store(visitors) => {
                let data = visitors.move_out(handle).await?;
                if let Err(error) = visitors.end(handle).await {
                    tracing::warn!(target: "logto", "the record of a visitor who has signed in could not be removed from the store; it is empty, and stays there until it expires: {error}");
                }
                Ok(data)
            }
        }
    }

    /// Ends a visitor's session. Its cookie counts for nothing any more.
    pub(crate) async fn end(&self, handle: &VisitorHandle) -> Result<(), Error> {
        match &self.backend {
            VisitorBackend::Cookie(visitors) => {
                visitors.end(handle);
                Ok(())
            }
            VisitorBackend::Store(visitors) => visitors.end(handle).await,
        }
    }

    /// The cookie for an answer, if it needs one.
    pub(crate) async fn response_cookie(&self, handle: &VisitorHandle) -> Result<Option<SetCookie>, Error> {
        let value = match &self.backend {
            VisitorBackend::Cookie(visitors) => visitors.response_value(handle),
            VisitorBackend::Store(visitors) => visitors.response_value(handle).await,
        };
        match value {
            Ok(value) => Ok(value.map(|value| SetCookie { name: self.name.clone(), value: Some(value) })),
            Err(Error::SessionEnded) => Ok(Some(self.removal())),
            Err(error) => Err(error),
        }
    }

    /// The removal of the cookie.
    pub(crate) fn removal(&self) -> SetCookie {
        SetCookie { name: self.name.clone(), value: None }
    }
}
