//! A user's sessions on all devices.

use std::fmt;
use std::time::SystemTime;

use super::user::User;
use crate::error::Error;
use crate::logto::{Logto, WebApp};
use crate::session::{ListedSession, Session, SessionEnd, SessionEndReason, SessionId};
use crate::telemetry::{self, SessionEvent};

/// One of a user's sessions, as [`User::sessions`] and [`Logto::sessions_of`] list them.
///
/// ```
/// use logto_rocket::SessionInfo;
///
/// fn line(session: &SessionInfo) -> String {
///     format!("{} since {:?}{}", session.id(), session.created_at(), if session.is_current() { ", this one" } else { "" })
/// }
/// # let _ = line;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionInfo {
    id: SessionId,
    created: SystemTime,
    seen: SystemTime,
    current: bool,
}

impl SessionInfo {
    fn new(session: &Session, current: Option<SessionId>) -> Self {
        SessionInfo {
            id: session.id,
            created: session.created.to_system_time(),
            seen: session.seen.to_system_time(),
            current: current == Some(session.id),
        }
    }

    /// A name for it, fit for a form's field: it opens nothing.
    #[must_use]
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// When its user signed in.
    #[must_use]
    pub fn created_at(&self) -> SystemTime {
        self.created
    }

    /// When it was last written: at most a twentieth of the setting `session_idle` before it was last used.
    #[must_use]
    pub fn seen_at(&self) -> SystemTime {
        self.seen
    }

    /// Whether it is the session of the request that asks.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.current
    }
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionInfo")
            .field("created", &self.created)
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl Logto {
    /// Ends every session of a user, on all devices and in all processes that share a store: what an
    /// administrator's button or a webhook does. A sign-in that is under way does not get through either; a
    /// later one does.
    ///
    /// With sessions in cookies a mark is kept for as long as such a cookie can live: in this process, or in
    /// Redis where `redis_url` is set. Access tokens that were handed out before live to their end. An API alone has no
    /// sessions; it verifies the user's tokens anew.
    ///
    /// ```no_run
    /// # async fn example(logto: &logto_rocket::Logto) -> Result<(), logto_rocket::Error> {
    /// logto.end_sessions_of("my178uc0p45q").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store does not respond: some sessions may live on.
    pub async fn end_sessions_of(&self, subject: &str) -> Result<(), Error> {
        let Some(web_app) = self.web_app() else {
            self.0.access_tokens.forget_subject(subject);
            self.0.exchanges.forget_subject(subject);
            return Ok(());
        };
        web_app.end_person(subject).await?;
        let hash = self.0.provider.audit_subjects().hash(subject);
        telemetry::session(SessionEvent::EndedByApplication, hash.as_ref());
        let end = SessionEnd::of_subject(SessionEndReason::Application, subject);
        web_app.0.sessions.ends().tell(end);
        Ok(())
    }

    /// The living sessions of a user, the youngest first. An API alone has none.
    ///
    /// ```no_run
    /// # async fn example(logto: &logto_rocket::Logto) -> Result<(), logto_rocket::Error> {
    /// let devices = logto.sessions_of("my178uc0p45q").await?.len();
    /// # let _ = devices; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::SessionsInCookies`] where only the browsers know them, [`Error::Store`] if the store does
    /// not answer.
    pub async fn sessions_of(&self, subject: &str) -> Result<Vec<SessionInfo>, Error> {
        match self.web_app() {
            Some(web_app) => list(web_app, subject, None).await,
            None => Ok(Vec::new()),
        }
    }
}

impl User {
    /// The user's living sessions, on all devices, the youngest first.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, User, require_auth};
    ///
    /// #[require_auth]
    /// #[get("/devices")]
    /// async fn devices(user: User) -> Result<String, Error> {
    ///     Ok(format!("you are signed in {} times", user.sessions().await?.len()))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::SessionsInCookies`] where only the browsers know them, [`Error::Store`] if the store does
    /// not answer.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>, Error> {
        let current = self.request_session().session()?.map(|session| session.id);
        list(self.logto(), self.subject(), current).await
    }

    /// Ends one of the user's own sessions by its [id](SessionInfo::id). False if the user has no such
    /// session: that of somebody else is never ended.
    ///
    /// Its refresh token is revoked at Logto as well.
    ///
    /// # Errors
    ///
    /// As of [`sessions`](Self::sessions).
    pub async fn end_session(&self, id: &str) -> Result<bool, Error> {
        let sessions = self.logto().0.sessions.of_subject(self.subject()).await?;
        let sessions = sessions.ok_or(Error::SessionsInCookies)?;
        let Some(listed) = sessions.into_iter().find(|listed| listed.session.id.to_string() == id) else {
            return Ok(false);
        };
        self.logto().0.sessions.end_listed(&listed).await?;
        if let Some(refresh_token) = listed.session.refresh_token.clone() {
            self.logto().0.tokens.revoke(refresh_token, std::time::Duration::ZERO).await;
        }
        let subject = self.logto().0.provider.audit_subjects().hash(self.subject());
        telemetry::session(SessionEvent::EndedByOwner, subject.as_ref());
        let end = SessionEnd::of_session(SessionEndReason::OtherDevice, &listed.session);
        self.logto().0.sessions.ends().tell(end);
        Ok(true)
    }
}

async fn list(logto: &WebApp, subject: &str, current: Option<SessionId>) -> Result<Vec<SessionInfo>, Error> {
    let sessions = logto.0.sessions.of_subject(subject).await?.ok_or(Error::SessionsInCookies)?;
    let mut list: Vec<SessionInfo> =
        sessions.iter().map(|ListedSession { session, .. }| SessionInfo::new(session, current)).collect();
    list.sort_by_key(|session| std::cmp::Reverse(session.created));
    Ok(list)
}
