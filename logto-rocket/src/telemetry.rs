//! Signs of life: the audit event and the counter of everything that is worth one. Every other module calls these
//! functions and knows neither targets nor names of counters.
//!
//! Events go to the target `logto::audit`. With the feature `metrics` there are counters as well; their labels are
//! `&'static str`s, so that nothing that a caller sends can become one. `docs/refusals.md` lists both.

use crate::error::{Endpoint, InvalidToken};

/// The target of security events.
const AUDIT: &str = "logto::audit";

/// Names of counters.
#[cfg(feature = "metrics")]
mod counters {
    pub(super) const DECISIONS: &str = "logto_decisions_total";
    pub(super) const REFUSALS: &str = "logto_refusals_total";
    pub(super) const CALLS: &str = "logto_calls_total";
    pub(super) const TOKENS: &str = "logto_tokens_total";
    pub(super) const KEYS: &str = "logto_key_refreshes_total";
    pub(super) const SESSIONS: &str = "logto_sessions_total";
}

/// Counts one, where somebody counts.
macro_rules! count {
    ($name:ident $(, $label:ident = $value:expr)+ $(,)?) => {
        #[cfg(feature = "metrics")]
        metrics::counter!(counters::$name $(, stringify!($label) => $value)+).increment(1);
        #[cfg(not(feature = "metrics"))]
        let _ = ($($value,)+);
    };
}

/// Who has refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A guard of the application's routes.
    Guard,
    /// A route that the fairing has mounted.
    Endpoint,
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            By::Guard => "guard",
            By::Endpoint => "endpoint",
        }
    }
}

/// A name for one refusal, for the page that a person sees and for the audit: so that who is told of the one finds
/// the other. It says nothing by itself.
pub(crate) fn reference() -> String {
    let mut bytes = [0; 5];
    // Without it the page has an empty one, and the person is refused all the same.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request was refused, and this is why. Once for a request, when its answer is settled. Pages have a
/// [`reference`].
pub(crate) fn refused(by: By, code: &'static str, item: &'static str, reference: Option<&str>) {
    tracing::info!(target: AUDIT, code, by = by.as_str(), item, reference, "refused");
    count!(REFUSALS, code = code, by = by.as_str());
}

/// A guard has decided: `allowed`, or the code of its refusal. Of several guards on a request each decides.
pub(crate) fn decided(outcome: &'static str, credential: &'static str) {
    count!(DECISIONS, outcome = outcome, credential = credential);
}

/// What a call to Logto came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// It was answered as hoped.
    Answered,
    /// It was answered with a client error.
    Refused,
    /// There was no answer that is one.
    Unavailable,
}

/// One call to Logto is over. A call that is made again counts again.
pub(crate) fn called(endpoint: Endpoint, outcome: CallOutcome) {
    let outcome = match outcome {
        CallOutcome::Answered => "answered",
        CallOutcome::Refused => "refused",
        CallOutcome::Unavailable => "unavailable",
    };
    count!(CALLS, endpoint = endpoint.label(), outcome = outcome);
}

/// A session was asked for an access token: it held one, or Logto has to be asked.
pub(crate) fn token_wanted(held: bool) {
    count!(TOKENS, source = if held { "session" } else { "logto" });
}

/// The key set was fetched anew, because of its age or because a token named a key that was not in it.
pub(crate) fn keys_fetched(for_an_unknown_key: bool, succeeded: bool) {
    count!(
        KEYS,
        reason = if for_an_unknown_key { "unknown_key" } else { "age" },
        outcome = if succeeded { "fetched" } else { "failed" },
    );
}

/// What becomes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    /// A person signed in.
    SignedIn,
    /// Somebody else was signed in with this browser before.
    Switched,
    /// A person signed out.
    SignedOut,
    /// The grant is gone at Logto.
    GrantGone,
    /// Logto has told of another person or sign-in than the session's.
    SomebodyElse(Source, InvalidToken),
    /// Logto has ended it by a logout token.
    LoggedOut(Named),
    /// Logto has told by a webhook, which it names so, of something for which sessions end, or for which what they
    /// hold is fetched anew.
    ToldByWebhook(&'static str),
    /// The application has ended all sessions of a person.
    EndedByApplication,
    /// A person has ended one of their own sessions.
    EndedByOwner,
    /// What Logto wanted to end has ended only now: the store was down.
    EndedLate,
    /// What Logto wanted to end lives on.
    NotEnded(NotEnded),
    /// A stored session does not open.
    Unreadable,
}

/// Where Logto has told of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The ID token that came along with a refresh.
    Refresh,
    /// The userinfo endpoint.
    UserInfo,
}

/// What a logout token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// One session.
    Session,
    /// A person, and so all of their sessions.
    Person,
}

/// Why sessions that should have ended live on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotEnded {
    /// Too many others wait for the store.
    TooMany,
    /// The store stayed down.
    StoreDown,
}

/// Something has become of a session.
pub(crate) fn session(event: SessionEvent) {
    match event {
        SessionEvent::SignedIn => {
            tracing::info!(target: AUDIT, code = "signed_in", "a person signed in");
            count!(SESSIONS, event = "begun", cause = "signed_in");
        }
        SessionEvent::Switched => {
            tracing::info!(target: AUDIT, code = "session_switched", "another person signed in with this browser");
            count!(SESSIONS, event = "ended", cause = "session_switched");
        }
        SessionEvent::SignedOut => {
            tracing::info!(target: AUDIT, code = "signed_out", "a person signed out");
            count!(SESSIONS, event = "ended", cause = "signed_out");
        }
        SessionEvent::GrantGone => {
            tracing::info!(target: AUDIT, code = "session_ended", "the grant of a session is gone at Logto");
            count!(SESSIONS, event = "ended", cause = "session_ended");
        }
        SessionEvent::SomebodyElse(source, reason) => {
            let code = reason.code();
            match source {
                Source::Refresh => {
                    tracing::warn!(target: AUDIT, code, "a refreshed ID token belongs to another sign-in ({}); the session ends", reason.what());
                }
                Source::UserInfo => {
                    tracing::warn!(target: AUDIT, code, "the userinfo endpoint answered for a different subject; the session ends");
                }
            }
            count!(SESSIONS, event = "ended", cause = "somebody_else");
        }
        SessionEvent::LoggedOut(named) => {
            let by = match named {
                Named::Session => "sid",
                Named::Person => "sub",
            };
            tracing::info!(target: AUDIT, code = "backchannel_logout", by, "Logto has ended sessions by a logout token");
            count!(SESSIONS, event = "ended", cause = "backchannel_logout");
        }
        SessionEvent::ToldByWebhook(event) => {
            tracing::info!(target: AUDIT, code = "webhook", event, "a Logto webhook ended sessions, or caused tokens and roles to be fetched again");
            count!(SESSIONS, event = "ended", cause = "webhook");
        }
        SessionEvent::EndedByApplication => {
            tracing::info!(target: AUDIT, code = "sessions_ended", "the application has ended all sessions of a person");
            count!(SESSIONS, event = "ended", cause = "sessions_ended");
        }
        SessionEvent::EndedByOwner => {
            tracing::info!(target: AUDIT, code = "session_ended_by_owner", "a person has ended one of their own sessions");
            count!(SESSIONS, event = "ended", cause = "session_ended_by_owner");
        }
        SessionEvent::EndedLate => {
            tracing::info!(target: AUDIT, code = "late_logout", "sessions were ended late: the store was down");
            count!(SESSIONS, event = "ended", cause = "late_logout");
        }
        SessionEvent::NotEnded(why) => {
            let why = match why {
                NotEnded::TooMany => "too many operations are already waiting for the store",
                NotEnded::StoreDown => "the store stayed down",
            };
            tracing::error!(target: AUDIT, code = "logout_lost", "sessions that should have ended live on: {why}");
            count!(SESSIONS, event = "not_ended", cause = "logout_lost");
        }
        SessionEvent::Unreadable => {
            tracing::warn!(
                target: AUDIT, code = "session_unreadable",
                "a stored session does not open: it was sealed with another key or by another version, or was tampered with"
            );
            count!(SESSIONS, event = "ended", cause = "session_unreadable");
        }
    }
}

/// A token was exchanged for one of the person it stands for; `acting` if somebody acts in their name.
pub(crate) fn exchanged(acting: bool) {
    tracing::info!(target: AUDIT, code = "token_exchanged", acting, "a token was exchanged");
}
