//! Ends sessions at Logto's request: for a logout token or a webhook.

use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::WebApp;
use crate::session::{Enqueued, SessionEnd, SessionEndReason};
use crate::telemetry::{self, NotEnded, SessionEvent, SubjectHash};
use crate::types::OrganizationId;

/// What a logout token or a webhook ends.
#[derive(Debug, Clone)]
pub(super) enum LogoutTarget {
    /// The session whose `sid` this is. With a subject, only if it is that user's session.
    Session { sid: String, subject: Option<String> },
    /// All sessions of a user.
    User(String),
    /// The sessions of a user that began no later than `cut`.
    OlderSessions { subject: String, cut: UnixTime },
    /// The tokens and roles that sessions hold for an organization.
    Organization(OrganizationId),
    /// The tokens and roles that sessions hold for any user.
    Permissions,
}

/// How Logto requested the logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogoutSource {
    /// With a logout token. Every sign-out at Logto sends one.
    LogoutToken,
    /// With a webhook.
    Webhook,
}

impl LogoutTarget {
    /// Ends it, and tells the application.
    pub(super) async fn apply(&self, logto: &WebApp, source: LogoutSource) -> Result<(), Error> {
        self.end(logto).await?;
        if let Some(end) = self.session_end(source) {
            logto.0.sessions.ends().tell(end);
        }
        Ok(())
    }

    /// The hash of the user whose sessions end, for audit events.
    pub(super) fn subject_hash(&self, logto: &WebApp) -> Option<SubjectHash> {
        let subject = match self {
            LogoutTarget::Session { subject, .. } => subject.as_deref(),
            LogoutTarget::User(subject) | LogoutTarget::OlderSessions { subject, .. } => {
                Some(subject.as_str())
            }
            LogoutTarget::Organization(_) | LogoutTarget::Permissions => None,
        };
        logto.0.provider.audit_subjects().hash_of(subject)
    }

    fn session_end(&self, source: LogoutSource) -> Option<SessionEnd> {
        let reason = match source {
            LogoutSource::LogoutToken => SessionEndReason::LogoutToken,
            LogoutSource::Webhook => SessionEndReason::Webhook,
        };
        match self {
            LogoutTarget::Session { sid, subject } => {
                Some(SessionEnd::of_sid(reason, sid, subject.as_deref()))
            }
            LogoutTarget::User(subject) | LogoutTarget::OlderSessions { subject, .. } => {
                Some(SessionEnd::of_subject(reason, subject))
            }
            LogoutTarget::Organization(_) | LogoutTarget::Permissions => None,
        }
    }

    async fn end(&self, logto: &WebApp) -> Result<(), Error> {
        let sessions = &logto.0.sessions;
        match self {
            LogoutTarget::Session { sid, subject } => {
                if let Some(subject) = subject {
                    logto.forget_tokens_of(subject);
                }
                sessions.end_sid(sid, subject.as_deref()).await
            }
            LogoutTarget::User(subject) => logto.end_person(subject).await,
            LogoutTarget::OlderSessions { subject, cut } => logto.end_older_sessions(subject, *cut).await,
            LogoutTarget::Organization(organization) => {
                logto.0.exchanges.forget_all();
                sessions.forget_organization(organization).await
            }
            LogoutTarget::Permissions => {
                logto.0.exchanges.forget_all();
                sessions.forget_permissions().await
            }
        }
    }

    /// Retries in the background until the session store is available. Logto sends each request only once, whatever
    /// the response is.
    pub(super) fn apply_later(self, logto: &WebApp, source: LogoutSource) {
        let waiting = match source {
            LogoutSource::LogoutToken => &logto.0.waiting_logouts,
            LogoutSource::Webhook => &logto.0.waiting_webhooks,
        };
        let (logto, subject) = (logto.clone(), self.subject_hash(logto));
        let whose = subject.clone();
        // A target that is already queued is not queued again.
        let enqueued = waiting.enqueue(format!("{self:?}"), move || {
            let (target, logto, whose) = (self.clone(), logto.clone(), whose.clone());
            async move {
                let is_done = target.apply(&logto, source).await.is_ok();
                if is_done {
                    telemetry::session(SessionEvent::EndedLate, whose.as_ref());
                }
                is_done
            }
        });
        if enqueued == Enqueued::QueueFull {
            telemetry::session(SessionEvent::NotEnded(NotEnded::TooMany), subject.as_ref());
        }
    }
}
