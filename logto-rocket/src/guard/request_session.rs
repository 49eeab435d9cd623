//! The session of one request: loaded once, changed by whoever has to, settled with the answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

use super::lock::lock;
use super::redirect_loop_mark::has_sign_in_mark;
use super::request_cookies::own_cookies;
use super::view::RequestView;
use crate::error::{Error, InvalidToken};
use crate::logto::Logto;
use crate::session::store::StoreError;
use crate::session::{
    Alive, CachedToken, EndReason, LocalSessionState, Presented, Session, SessionLookup, SessionUpdate,
    SetCookie, TokenTarget, UnresolvedSession, expired_cookies,
};
use crate::telemetry::{self, SessionEvent, Source};
use crate::token::TokenRequest;
use crate::types::Secret;

/// The session of one request, as far as it is known, and what is to become of its cookies.
pub(crate) struct RequestSession {
    /// Names of session cookies that the request carried.
    presented: Vec<String>,
    /// Of the session as it was presented.
    brought: Option<u64>,
    current: Mutex<State>,
    /// What came along was found to live, and the mark against loops says nothing any more.
    must_unmark: bool,
    /// What came along was a session of ours, and had ended.
    came_ended: bool,
    /// The answer's cookies are decided: what changes now does not reach the browser with it.
    settled: AtomicBool,
}

struct State {
    who: Who,
    change: Change,
    /// Held so that nothing is forgotten while the request runs.
    _local_state: Option<Arc<LocalSessionState>>,
}

enum Who {
    Nobody,
    Somebody(Arc<Session>),
    /// The store does not answer.
    Unknown(StoreError, UnresolvedSession),
}

/// What the answer has to do beyond handing out what others have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// Write it so that it does not count as idle.
    Renew,
    /// It has just begun.
    Begin,
    Remove,
}

impl RequestSession {
    pub(super) async fn load(request: &(impl RequestView + ?Sized), logto: &Logto) -> Self {
        let cookies = own_cookies(request, &logto.0.names);
        let Presented { names, lookup, ended } = logto.0.sessions.present(&cookies).await;
        let must_unmark = matches!(lookup, SessionLookup::Active(_)) && has_sign_in_mark(&cookies, logto);
        let (who, change, brought, local_state) = match lookup {
            SessionLookup::Absent => (Who::Nobody, Change::None, None, None),
            SessionLookup::Stale => (Who::Nobody, Change::Remove, None, None),
            SessionLookup::Unresolved(error, remains) => {
                (Who::Unknown(error, remains), Change::None, None, None)
            }
            SessionLookup::Active(alive) => {
                let Alive { session, local_state, revision, due } = *alive;
                let change = if due { Change::Renew } else { Change::None };
                (Who::Somebody(session), change, Some(revision), Some(local_state))
            }
        };
        let current = Mutex::new(State { who, change, _local_state: local_state });
        let settled = AtomicBool::new(false);
        RequestSession { presented: names, brought, current, must_unmark, came_ended: ended, settled }
    }

    /// Whether the request came with a session that lives, and with a mark that says there might be none.
    pub(super) fn must_unmark(&self) -> bool {
        self.must_unmark
    }

    /// Whether it came with one that had ended by then: its browser keeps our cookies too.
    pub(super) fn came_ended(&self) -> bool {
        self.came_ended
    }

    /// The session; `None` where there is none.
    ///
    /// # Errors
    ///
    /// That nobody can tell: the store does not answer.
    pub(crate) fn session(&self) -> Result<Option<Arc<Session>>, Error> {
        match &lock(&self.current).who {
            Who::Nobody => Ok(None),
            Who::Somebody(session) => Ok(Some(Arc::clone(session))),
            Who::Unknown(error, _) => Err(error.clone().into()),
        }
    }

    /// The session that must be there, since it was a moment ago.
    pub(super) fn living(&self) -> Result<Arc<Session>, Error> {
        self.session()?.ok_or(Error::SessionEnded)
    }

    /// From now on this one, which has just begun, is the session.
    pub(crate) fn begin(&self, logto: &Logto, session: Arc<Session>) {
        let _local_state = Some(logto.0.sessions.local_state(session.id));
        *lock(&self.current) = State { who: Who::Somebody(session), change: Change::Begin, _local_state };
    }

    /// The same session, changed.
    fn update(&self, session: Arc<Session>) {
        let mut current = lock(&self.current);
        if matches!(current.who, Who::Somebody(_)) {
            current.who = Who::Somebody(session);
        }
    }

    /// Ends the session, whatever is known of it, and for all who have it. Gives it back for what is left to do.
    pub(crate) async fn end(&self, logto: &Logto, end: EndReason) -> Option<Arc<Session>> {
        let was = {
            let mut current = lock(&self.current);
            current.change = Change::Remove;
            std::mem::replace(&mut current.who, Who::Nobody)
        };
        match was {
            Who::Somebody(session) | Who::Unknown(_, UnresolvedSession::Session(session)) => {
                logto.0.sessions.end(&session, end).await;
                Some(session)
            }
            Who::Unknown(_, UnresolvedSession::Locator(locator)) => {
                logto.0.sessions.end_at(&locator).await;
                None
            }
            Who::Nobody => None,
        }
    }

    /// The session is over, as somebody else has found out: the cookies go, unless they are its successor's.
    async fn note_end(&self, logto: &Logto) {
        let session = self.session().ok().flatten();
        let replaced = match &session {
            Some(session) => logto.0.sessions.was_replaced(session).await,
            None => false,
        };
        let mut current = lock(&self.current);
        current.who = Who::Nobody;
        current.change = if replaced { Change::None } else { Change::Remove };
    }

    /// The cookies that go with the answer.
    pub(crate) async fn settle(&self, logto: &Logto) -> Result<Vec<SetCookie>, Error> {
        self.settled.store(true, Ordering::Relaxed);
        let (session, change) = {
            let current = lock(&self.current);
            let session = match &current.who {
                Who::Somebody(session) => Some(Arc::clone(session)),
                Who::Nobody | Who::Unknown(..) => None,
            };
            (session, current.change)
        };
        match session {
            _ if change == Change::Remove => Ok(expired_cookies(&self.presented)),
            None => Ok(Vec::new()),
            Some(session) => {
                let (due, fresh) = (change == Change::Renew, change == Change::Begin);
                logto.0.sessions.settle(&session, self.brought, due, fresh, &self.presented).await
            }
        }
    }

    /// A valid access token, fetched if need be; the session is changed accordingly.
    pub(crate) async fn token(&self, logto: &Logto, wanted: &TokenRequest) -> Result<CachedToken, Error> {
        let session = self.living()?;
        match logto.0.tokens.obtain(&session, wanted).await {
            Ok(obtained) => {
                if let Some(newer) = obtained.session {
                    if self.settled.load(Ordering::Relaxed) && logto.0.sessions.are_in_cookies() {
                        tracing::warn!(target: "logto", code = "refreshed_while_streaming", "a token was refreshed after the answer had begun: this process keeps what came until the browser's next request; with `session_store` it would be kept at once");
                    }
                    self.update(newer);
                }
                Ok(obtained.token)
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    /// Learns what has become of the session since it was loaded.
    pub(super) async fn catch_up(&self, logto: &Logto) -> Result<(), Error> {
        match logto.0.sessions.newest(self.living()?).await {
            Ok(newest) => {
                self.update(newest);
                Ok(())
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    /// Changes the session for all who have it.
    pub(crate) async fn change(&self, logto: &Logto, edit: SessionUpdate) -> Result<(), Error> {
        let session = self.living()?;
        match logto.0.sessions.change(&session, edit).await {
            Ok(newer) => {
                self.update(newer);
                Ok(())
            }
            Err(error) => Err(self.noted(logto, error).await),
        }
    }

    async fn noted(&self, logto: &Logto, error: Error) -> Error {
        if matches!(error, Error::SessionEnded) {
            self.note_end(logto).await;
        }
        error
    }
}

/// Questions about the person that go beyond what the session holds.
impl RequestSession {
    /// The claims that the userinfo endpoint gives now.
    pub(super) async fn userinfo(&self, logto: &Logto) -> Result<Map<String, Value>, Error> {
        let first = self.userinfo_token(logto, TokenRequest::secret(TokenTarget::userinfo())).await?;
        match self.ask_userinfo(logto, &first).await {
            // A token may die before its time; a fresh one tells whether the grant has.
            Err(Error::Refused(refused)) if refused.status == 401 => {
                let another = TokenRequest::other_than(first, TokenTarget::userinfo());
                let second = self.userinfo_token(logto, another).await?;
                match self.ask_userinfo(logto, &second).await {
                    Err(Error::Refused(refused)) if refused.status == 401 => {
                        // For the browser's other requests too, that have the same session.
                        self.end(logto, EndReason::Over).await;
                        telemetry::session(SessionEvent::GrantGone);
                        Err(Error::SessionEnded)
                    }
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn userinfo_token(&self, logto: &Logto, wanted: TokenRequest) -> Result<Secret, Error> {
        self.token(logto, &wanted).await?.secret.ok_or(Error::NoRefreshToken)
    }

    async fn ask_userinfo(&self, logto: &Logto, token: &Secret) -> Result<Map<String, Value>, Error> {
        let session = self.living()?;
        match logto.0.provider.userinfo(token, &session.subject).await {
            // The token of this session belongs to another person: nothing of it can be believed.
            Err(Error::InvalidToken(reason @ InvalidToken::Subject)) => {
                self.end(logto, EndReason::Over).await;
                telemetry::session(SessionEvent::SomebodyElse(Source::UserInfo, reason));
                Err(Error::SessionEnded)
            }
            other => other,
        }
    }
}
