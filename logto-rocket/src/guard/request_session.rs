//! The session of one request: looked up once, changed by guards and handlers, written with the response.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lock::lock;
use super::redirect_loop_mark::has_sign_in_mark;
use super::request_cookies::own_cookies;
use super::request_view::RequestView;
use crate::error::Error;
use crate::logto::WebApp;
use crate::session::{
    CachedToken, DataChange, EndReason, Presented, PresentedNames, ResponseAction, SessionEnd,
    SessionEndReason, SessionHandle, SessionLookup, SessionReference, SessionUpdate, SetCookie,
    UnresolvedSession,
};
use crate::token::TokenRequest;

/// The session of one request, as far as it is known, and what is to become of its cookies.
pub(crate) struct RequestSession {
    web_app: WebApp,
    /// Names of session cookies that the request carried.
    presented: PresentedNames,
    current: Mutex<Current>,
    /// The presented session was found to be active, and the mark against loops says nothing any more.
    must_unmark: bool,
    /// A session of ours was presented, and had ended.
    presented_ended: bool,
    /// The browser has another session than the one that was presented.
    presented_replaced: bool,
    /// The answer's cookies are decided: what changes now does not reach the browser with it.
    settled: AtomicBool,
}

struct Current {
    session: CurrentSession,
    action: ResponseAction,
}

enum CurrentSession {
    Absent,
    Active(SessionHandle),
    /// The store does not respond.
    Unresolved(Box<UnresolvedSession>),
}

impl RequestSession {
    pub(super) async fn load(request: &(impl RequestView + ?Sized), logto: &WebApp) -> Self {
        RequestSession::of_cookies(&own_cookies(request, &logto.0.names), logto).await
    }

    /// The session that cookies of ours lead to.
    pub(crate) async fn of_cookies(cookies: &[(&str, &str)], logto: &WebApp) -> Self {
        let Presented { names, lookup } = logto.0.sessions.lookup(cookies).await;
        let must_unmark = matches!(lookup, SessionLookup::Active(_)) && has_sign_in_mark(cookies, logto);
        let presented_ended = matches!(lookup, SessionLookup::Ended(_) | SessionLookup::NotYetValid);
        let presented_replaced = matches!(lookup, SessionLookup::Ended(EndReason::Replaced));
        let (session, action) = match lookup {
            SessionLookup::Absent
            | SessionLookup::NotYetValid
            | SessionLookup::Ended(EndReason::Replaced) => (CurrentSession::Absent, ResponseAction::None),
            SessionLookup::Stale | SessionLookup::Ended(EndReason::Terminated) => {
                (CurrentSession::Absent, ResponseAction::Expire)
            }
            SessionLookup::Unresolved(session) => (CurrentSession::Unresolved(session), ResponseAction::None),
            SessionLookup::Active(handle) => {
                let action =
                    if handle.is_renewal_due() { ResponseAction::Renew } else { ResponseAction::None };
                (CurrentSession::Active(handle), action)
            }
        };
        let current = Mutex::new(Current { session, action });
        let settled = AtomicBool::new(false);
        RequestSession {
            web_app: logto.clone(),
            presented: names,
            current,
            must_unmark,
            presented_ended,
            presented_replaced,
            settled,
        }
    }

    pub(super) fn web_app(&self) -> &WebApp {
        &self.web_app
    }

    /// Whether the request came with a session that lives, and with a mark that says there might be none.
    pub(super) fn must_unmark(&self) -> bool {
        self.must_unmark
    }

    /// Whether it came with one that had ended by then: its browser keeps our cookies too.
    pub(super) fn presented_ended(&self) -> bool {
        self.presented_ended
    }

    /// Whether it came with a session in whose place its browser has another one by now.
    pub(super) fn presented_replaced(&self) -> bool {
        self.presented_replaced
    }

    /// The session; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The store does not respond, so the session's state is unknown.
    pub(crate) fn session(&self) -> Result<Option<SessionHandle>, Error> {
        match &lock(&self.current).session {
            CurrentSession::Absent => Ok(None),
            CurrentSession::Active(handle) => Ok(Some(handle.clone())),
            CurrentSession::Unresolved(session) => Err(session.error.clone().into()),
        }
    }

    /// The session that must be there, since it was a moment ago.
    pub(super) fn active(&self) -> Result<SessionHandle, Error> {
        self.session()?.ok_or(Error::SessionEnded)
    }

    /// This request does not count as use of the session.
    pub(crate) fn do_not_renew(&self) {
        let mut current = lock(&self.current);
        if matches!(current.action, ResponseAction::None | ResponseAction::Renew) {
            current.action = ResponseAction::Unrenewed;
        }
    }

    /// Whether the session counts as used from the response on.
    pub(crate) fn is_renewed(&self) -> bool {
        matches!(lock(&self.current).action, ResponseAction::Renew | ResponseAction::Issue)
    }

    /// From now on this one, which has just begun, is the session.
    pub(crate) fn begin(&self, session: SessionHandle) {
        *lock(&self.current) =
            Current { session: CurrentSession::Active(session), action: ResponseAction::Issue };
    }

    /// The same session, changed.
    fn update(&self, session: SessionHandle) {
        let mut current = lock(&self.current);
        if matches!(current.session, CurrentSession::Active(_)) {
            current.session = CurrentSession::Active(session);
        }
    }

    /// Ends the session, whatever is known of it, and for all who have it. Gives it back for what is left to do.
    pub(crate) async fn end(&self, logto: &WebApp, reason: EndReason) -> Option<SessionHandle> {
        let ended = {
            let mut current = lock(&self.current);
            current.action = ResponseAction::Expire;
            std::mem::replace(&mut current.session, CurrentSession::Absent)
        };
        match ended {
            CurrentSession::Absent => None,
            CurrentSession::Active(handle) => {
                logto.0.sessions.end(&handle, reason).await;
                Some(handle)
            }
            CurrentSession::Unresolved(session) => {
                logto.0.sessions.end_unresolved(&session, reason).await;
                match session.reference {
                    SessionReference::Opened(handle) => Some(handle),
                    SessionReference::Located(_) => None,
                }
            }
        }
    }

    /// The same, and the application is told why.
    pub(crate) async fn end_because(&self, logto: &WebApp, why: SessionEndReason) -> Option<SessionHandle> {
        let ended = self.end(logto, EndReason::Terminated).await?;
        logto.0.sessions.ends().tell(SessionEnd::of_session(why, &ended));
        Some(ended)
    }

    /// The session has ended, as another request found out: the cookies go, unless they are its successor's.
    async fn note_end(&self, logto: &WebApp) {
        let replaced = match self.session().ok().flatten() {
            Some(handle) => logto.0.sessions.was_replaced(&handle).await,
            None => false,
        };
        let action = if replaced { ResponseAction::None } else { ResponseAction::Expire };
        *lock(&self.current) = Current { session: CurrentSession::Absent, action };
    }

    /// Whether the session needs no cookies in the response. Then the response is settled.
    pub(super) fn settle_if_unchanged(&self) -> bool {
        let current = lock(&self.current);
        let is_unchanged = match &current.session {
            CurrentSession::Active(handle) => handle.is_unchanged(),
            CurrentSession::Absent | CurrentSession::Unresolved(..) => true,
        };
        let is_settled = is_unchanged && current.action == ResponseAction::None;
        if is_settled {
            self.settled.store(true, Ordering::Relaxed);
        }
        is_settled
    }

    /// The cookies that go with the answer.
    pub(crate) async fn response_cookies(&self, logto: &WebApp) -> Result<Vec<SetCookie>, Error> {
        self.settled.store(true, Ordering::Relaxed);
        let (handle, action) = {
            let current = lock(&self.current);
            let handle = match &current.session {
                CurrentSession::Active(handle) => Some(handle.clone()),
                CurrentSession::Absent | CurrentSession::Unresolved(..) => None,
            };
            (handle, current.action)
        };
        logto.0.sessions.response_cookies(handle.as_ref(), action, &self.presented).await
    }

    /// A valid access token that the session holds, if that can be told without a call of the store.
    pub(super) fn cached_token(
        &self,
        logto: &WebApp,
        wanted: &TokenRequest,
    ) -> Result<Option<CachedToken>, Error> {
        Ok(logto.0.tokens.obtain_cached(&self.active()?, wanted))
    }

    /// A valid access token, fetched if need be; the session is changed accordingly.
    pub(crate) async fn token(&self, logto: &WebApp, wanted: &TokenRequest) -> Result<CachedToken, Error> {
        let session = self.active()?;
        match logto.0.tokens.obtain(&session, wanted).await {
            Ok(obtained) => {
                if let Some(newer) = obtained.session {
                    if self.settled.load(Ordering::Relaxed) && logto.0.sessions.needs_response() {
                        tracing::warn!(target: "logto", code = "refreshed_while_streaming", "a token was refreshed after the response headers were sent, so this process keeps the new session until the browser's next request; set `session_store` to save it at once");
                    }
                    self.update(newer);
                }
                Ok(obtained.token)
            }
            Err(error) => Err(Box::pin(self.noted(logto, error)).await),
        }
    }

    /// Learns what has become of the session since it was loaded.
    pub(super) async fn catch_up(&self, logto: &WebApp) -> Result<(), Error> {
        match logto.0.sessions.newest(&self.active()?).await {
            Ok(newest) => {
                self.update(newest);
                Ok(())
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    /// Changes the session for all who have it.
    pub(crate) async fn change(&self, logto: &WebApp, update: SessionUpdate) -> Result<(), Error> {
        match logto.0.sessions.update(&self.active()?, update).await {
            Ok(newer) => {
                self.update(newer);
                Ok(())
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    /// Changes what the application keeps in the session.
    pub(super) async fn change_data(&self, logto: &WebApp, change: &mut DataChange<'_>) -> Result<(), Error> {
        let session = self.active()?;
        if self.settled.load(Ordering::Relaxed) && logto.0.sessions.needs_response() {
            return Err(Error::ResponseStarted);
        }
        match logto.0.sessions.change_data(&session, change).await {
            Ok(newer) => {
                self.update(newer);
                Ok(())
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    async fn noted(&self, logto: &WebApp, error: Error) -> Error {
        if matches!(error, Error::SessionEnded) {
            Box::pin(self.note_end(logto)).await;
        }
        error
    }
}
