//! Ends of sessions that Logto asks for: by a logout token, or by a webhook.

use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::Logto;
use crate::session::Put;
use crate::telemetry::{self, NotEnded, SessionEvent};
use crate::types::OrganizationId;

/// What is to end.
#[derive(Debug, Clone)]
pub(super) enum LogoutTarget {
    /// The session that Logto calls `sid`; with a subject, only if it is that person's.
    Session { sid: String, subject: Option<String> },
    /// All sessions of a person.
    Person(String),
    /// The sessions of a person that began until `cut`.
    Older { subject: String, cut: UnixTime },
    /// What sessions hold of an organization.
    Organization(OrganizationId),
    /// What sessions hold of what anybody may do.
    Permissions,
}

/// How Logto has told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogoutSource {
    /// By a logout token. Whoever signs in and out at Logto causes one.
    LogoutToken,
    /// By a webhook.
    Webhook,
}

impl LogoutTarget {
    pub(super) async fn come(&self, logto: &Logto) -> Result<(), Error> {
        let sessions = &logto.0.sessions;
        match self {
            LogoutTarget::Session { sid, subject } => sessions.end_sid(sid, subject.as_deref()).await,
            LogoutTarget::Person(subject) => logto.end_person(subject).await,
            LogoutTarget::Older { subject, cut } => logto.end_older_sessions(subject, *cut).await,
            LogoutTarget::Organization(organization) => sessions.forget_organization(organization).await,
            LogoutTarget::Permissions => sessions.forget_permissions().await,
        }
    }

    /// Tries again behind the caller's back until the store answers: Logto tells each only once, whatever the answer
    /// is.
    pub(super) fn come_later(self, logto: &Logto, told: LogoutSource) {
        let waiting = match told {
            LogoutSource::LogoutToken => &logto.0.waiting_logouts,
            LogoutSource::Webhook => &logto.0.waiting_webhooks,
        };
        let logto = logto.clone();
        // What waits already need not wait twice.
        let put = waiting.put(format!("{self:?}"), move || {
            let (end, logto) = (self.clone(), logto.clone());
            async move {
                let is_done = end.come(&logto).await.is_ok();
                if is_done {
                    telemetry::session(SessionEvent::EndedLate);
                }
                is_done
            }
        });
        if put == Put::NoRoom {
            telemetry::session(SessionEvent::NotEnded(NotEnded::TooMany));
        }
    }
}
