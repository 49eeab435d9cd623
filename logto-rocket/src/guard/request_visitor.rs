//! The visitor's session of one request: looked up once if a handler wants it, and written with the response.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lock::lock;
use super::request_cookies::own_cookies;
use super::request_view::RequestView;
use crate::error::{Error, StoreError};
use crate::logto::WebApp;
use crate::session::{DataChange, DataEntries, SetCookie, VisitorHandle, VisitorLookup};

/// What the application keeps for the visitor who sent a request, as far as it is known.
pub(crate) struct RequestVisitor {
    current: Mutex<Current>,
    /// Held during a change, so that two changes of one request do not begin two sessions.
    changing: tokio::sync::Mutex<()>,
    /// The answer's cookie is decided: what changes now does not reach the browser with it.
    settled: AtomicBool,
}

#[derive(Clone)]
enum Current {
    /// There is no session; the first value begins one.
    Absent,
    /// The cookie leads to nothing. The first value begins a session.
    Stale,
    /// The session has ended. No session begins in its place: the request was sent before the end.
    Ended,
    Active(VisitorHandle),
}

impl RequestVisitor {
    /// There is no visitor's session and none begins: the browser has a session of a user, which this request does not
    /// know.
    pub(super) fn ended() -> Self {
        RequestVisitor::new(Current::Ended)
    }

    fn new(current: Current) -> Self {
        let (changing, settled) = (tokio::sync::Mutex::default(), AtomicBool::new(false));
        RequestVisitor { current: Mutex::new(current), changing, settled }
    }

    pub(super) async fn load(
        request: &(impl RequestView + ?Sized),
        logto: &WebApp,
    ) -> Result<Self, StoreError> {
        let cookies = own_cookies(request, &logto.0.names);
        let current = match logto.0.visitors.lookup(&cookies).await? {
            VisitorLookup::Absent => Current::Absent,
            VisitorLookup::Stale => Current::Stale,
            VisitorLookup::Ended => Current::Ended,
            VisitorLookup::Active(handle) => Current::Active(handle),
        };
        Ok(RequestVisitor::new(current))
    }

    /// Ends the visitor's session and returns what the application keeps in it; the answer removes the cookie.
    pub(crate) async fn take(&self, logto: &WebApp) -> DataEntries {
        let taken = {
            let mut current = lock(&self.current);
            if matches!(*current, Current::Absent) {
                return DataEntries::default();
            }
            std::mem::replace(&mut *current, Current::Ended)
        };
        let Current::Active(handle) = taken else { return DataEntries::default() };
        match logto.0.visitors.take(&handle).await {
            Ok(data) => data,
            Err(Error::Store(error)) => {
                tracing::warn!(target: "logto", "the session data of a visitor who signs in was copied, and could not be removed from the store; it stays there until it expires: {error}");
                handle.data().clone()
            }
            // Another request has taken or ended it.
            Err(_) => DataEntries::default(),
        }
    }

    /// What the application keeps for the visitor.
    pub(super) fn data(&self) -> DataEntries {
        match &*lock(&self.current) {
            Current::Active(handle) => handle.data().clone(),
            Current::Absent | Current::Stale | Current::Ended => DataEntries::default(),
        }
    }

    pub(crate) async fn change(&self, logto: &WebApp, change: &mut DataChange<'_>) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        let current = lock(&self.current).clone();
        let handle = match &current {
            Current::Absent | Current::Stale => None,
            Current::Active(handle) => Some(handle),
            Current::Ended => return Err(Error::SessionEnded),
        };
        if self.settled.load(Ordering::Relaxed) && logto.0.visitors.needs_response(handle) {
            return Err(Error::ResponseStarted);
        }
        match logto.0.visitors.change(handle, change).await {
            Ok(Some(changed)) => {
                *lock(&self.current) = Current::Active(changed);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                if matches!(error, Error::SessionEnded) {
                    *lock(&self.current) = Current::Ended;
                }
                Err(error)
            }
        }
    }

    /// Ends the visitor's session; the answer removes its cookie.
    pub(crate) async fn end(&self, logto: &WebApp) {
        let ended = {
            let mut current = lock(&self.current);
            if matches!(*current, Current::Absent) {
                return;
            }
            std::mem::replace(&mut *current, Current::Ended)
        };
        if let Current::Active(handle) = ended
            && let Err(error) = logto.0.visitors.end(&handle).await
        {
            tracing::warn!(target: "logto", "the session data of a visitor could not be removed from the store; it stays there until it expires, and its cookie is removed: {error}");
        }
    }

    /// The cookie that goes with the answer.
    pub(crate) async fn response_cookie(&self, logto: &WebApp) -> Result<Option<SetCookie>, Error> {
        self.settled.store(true, Ordering::Relaxed);
        let current = lock(&self.current).clone();
        match current {
            Current::Absent => Ok(None),
            Current::Stale | Current::Ended => Ok(Some(logto.0.visitors.removal())),
            Current::Active(handle) => logto.0.visitors.response_cookie(&handle).await,
        }
    }
}
