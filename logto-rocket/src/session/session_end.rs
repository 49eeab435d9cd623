//! Tells the application that a session has ended otherwise than by the user's own sign-out.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use super::model::{Session, SessionId};

/// How many sessions are remembered as expired, so that each is told once.
const REMEMBERED: usize = 4096;

/// A session that has ended, or all sessions of a user, as the hook
/// [`on_session_end`](crate::LogtoFairing::on_session_end) gets to know of it.
///
/// ```
/// use logto_rocket::{SessionEnd, SessionEndReason};
///
/// fn line(end: &SessionEnd) -> String {
///     let user = end.subject().unwrap_or("somebody");
///     match end.reason() {
///         SessionEndReason::Webhook => format!("{user} was suspended or deleted"),
///         reason => format!("a session of {user} has ended: {reason:?}"),
///     }
/// }
/// # let _ = line;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionEnd {
    reason: SessionEndReason,
    subject: Option<Arc<str>>,
    session: Option<SessionId>,
    sid: Option<String>,
}

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEndReason {
    /// Logto sent a logout token. It does so for each sign-out there, that of the user's own browser included.
    LogoutToken,
    /// Logto sent a webhook: the user was suspended or deleted, left an organization, or has another password.
    Webhook,
    /// The application called [`Logto::end_sessions_of`](crate::Logto::end_sessions_of).
    Application,
    /// The user ended it from another device, by [`User::end_session`](crate::User::end_session).
    OtherDevice,
    /// A request presented it after the setting `session_idle` or `session_absolute`. A session whose browser does not
    /// come back expires without a call.
    Expired,
    /// Logto no longer has its grant, as a refused refresh or userinfo request has shown.
    GrantEnded,
    /// Logto responded for it with the claims of another user or sign-in.
    OtherClaims,
    /// Another user signed in with the same browser.
    OtherUser,
    /// The user signed in again, and the hook `on_sign_in` refused.
    NotAdmitted,
}

impl SessionEnd {
    pub(crate) fn of_session(reason: SessionEndReason, session: &Session) -> Self {
        SessionEnd {
            reason,
            subject: Some(session.subject.clone()),
            session: Some(session.id),
            sid: session.sid.clone(),
        }
    }

    /// All sessions of a user that began until now, or earlier.
    pub(crate) fn of_subject(reason: SessionEndReason, subject: &str) -> Self {
        SessionEnd { reason, subject: Some(subject.into()), session: None, sid: None }
    }

    pub(crate) fn of_sid(reason: SessionEndReason, sid: &str, subject: Option<&str>) -> Self {
        let subject = subject.map(Arc::from);
        SessionEnd { reason, subject, session: None, sid: Some(sid.to_owned()) }
    }

    /// Why it has ended.
    #[must_use]
    pub fn reason(&self) -> SessionEndReason {
        self.reason
    }

    /// Logto's id of the user (`sub`). `None` where a logout token names a session and no user.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The id of the one session that has ended, as [`SessionInfo::id`](crate::SessionInfo::id) has it. `None` where all
    /// sessions of the user have ended, or Logto has named the session by its own id.
    #[must_use]
    pub fn session_id(&self) -> Option<String> {
        self.session.map(|id| id.to_string())
    }

    /// Logto's id of the one session (`sid`), where it is known.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }
}

impl fmt::Debug for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEnd")
            .field("reason", &self.reason)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A function of the application that is told.
pub(crate) type SessionEndHook =
    Arc<dyn Fn(SessionEnd) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Who is told.
pub(crate) struct SessionEnds {
    hooks: Vec<SessionEndHook>,
    limit: Duration,
    expired: Cache<SessionId, ()>,
}

impl SessionEnds {
    /// Each of the `hooks` may take as long as `limit`.
    pub(crate) fn new(hooks: Vec<SessionEndHook>, limit: Duration) -> Self {
        let remembered = if hooks.is_empty() { 1 } else { REMEMBERED };
        SessionEnds { hooks, limit, expired: Cache::new(remembered) }
    }

    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        SessionEnds::new(Vec::new(), Duration::ZERO)
    }

    /// Tells the hooks in the background, one after the other. Nobody waits for them.
    pub(crate) fn tell(&self, end: SessionEnd) {
        if self.hooks.is_empty() {
            return;
        }
        let (hooks, limit) = (self.hooks.clone(), self.limit);
        tokio::spawn(async move {
            for hook in hooks {
                let end = end.clone();
                // A task of its own, so that its panic ends nothing else.
                let mut task = tokio::spawn(async move { hook(end).await });
                let failure = match tokio::time::timeout(limit, &mut task).await {
                    Ok(Ok(())) => continue,
                    Ok(Err(_)) => "it panicked".to_owned(),
                    Err(_) => {
                        task.abort();
                        format!("it took longer than {limit:?} (setting `hook_timeout`)")
                    }
                };
                tracing::error!(target: "logto", code = "session_end_hook_failed", "a hook `on_session_end` failed: {failure}; it will not be called again for this session");
            }
        });
    }

    /// A request presented a session that has expired. Requests that present it again say nothing new.
    pub(super) fn expired(&self, session: &Session) {
        if self.hooks.is_empty() || self.expired.get(&session.id).is_some() {
            return;
        }
        self.expired.insert(session.id, ());
        self.tell(SessionEnd::of_session(SessionEndReason::Expired, session));
    }
}
