//! Ends of sessions that Logto asks for: by a logout token, or by a webhook.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::Error;
use crate::logto::Logto;
use crate::signs::{self, NotEnded, SessionEvent};
use crate::types::OrganizationId;

/// How many ends wait for a store to come back; more are told of in the log alone.
static WAITING: Semaphore = Semaphore::const_new(256);
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What is to end.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The session that Logto calls `sid`; with a subject, only if it is that person's.
    Session { sid: String, subject: Option<String> },
    /// All sessions of a person.
    Person(String),
    /// What sessions hold of an organization.
    Organization(OrganizationId),
}

impl End {
    pub(super) async fn come(&self, logto: &Logto) -> Result<(), Error> {
        let revocations = &logto.0.revocations;
        match self {
            End::Session { sid, subject } => revocations.end_sid(sid, subject.as_deref()).await,
            End::Person(subject) => logto.end_person(subject).await,
            End::Organization(organization) => revocations.forget_organization(organization).await,
        }
    }

    /// Tries again behind the caller's back: Logto sends a logout token only once, whatever the answer is.
    pub(super) fn come_later(self, logto: &Logto) {
        let Ok(place) = WAITING.try_acquire() else {
            signs::session(SessionEvent::NotEnded(NotEnded::TooMany));
            return;
        };
        let logto = logto.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut pause = FIRST_PAUSE;
            for _ in 0..TRIES {
                tokio::time::sleep(pause).await;
                pause *= 2;
                if self.come(&logto).await.is_ok() {
                    signs::session(SessionEvent::EndedLate);
                    return;
                }
            }
            signs::session(SessionEvent::NotEnded(NotEnded::StoreDown));
        });
    }
}
