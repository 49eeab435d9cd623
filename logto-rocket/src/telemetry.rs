//! Audit events, counters and spans. Other modules call these functions and know neither targets nor names.
//!
//! Events have the target `logto::audit`. The feature `metrics` adds counters. Their labels are `&'static str`s, so
//! nothing that a caller sends can become a label. `docs/refusals.md` lists events and counters, and
//! `docs/traces.md` spans.

mod calls;
mod spans;
mod subjects;

#[cfg(feature = "reqwest")]
pub(crate) use calls::ApiCallSpan;
pub(crate) use calls::{CallSpan, add_trace_context, resend};
pub(crate) use spans::{DecisionSpan, RefreshFor, RefreshSpan};
pub(crate) use subjects::{AuditSubjects, SubjectHash};

use crate::error::{Endpoint, InvalidToken};

/// The target of audit events.
const AUDIT: &str = "logto::audit";

/// The names of the counters.
#[cfg(feature = "metrics")]
mod counters {
    pub(super) const DECISIONS: &str = "logto_decisions_total";
    pub(super) const REFUSALS: &str = "logto_refusals_total";
    pub(super) const CALLS: &str = "logto_calls_total";
    pub(super) const TOKENS: &str = "logto_tokens_total";
    pub(super) const KEYS: &str = "logto_key_refreshes_total";
    pub(super) const SESSIONS: &str = "logto_sessions_total";
}

/// Increments a counter, if the feature `metrics` is enabled.
macro_rules! count {
    ($name:ident $(, $label:ident = $value:expr)+ $(,)?) => {
        #[cfg(feature = "metrics")]
        metrics::counter!(counters::$name $(, stringify!($label) => $value)+).increment(1);
        #[cfg(not(feature = "metrics"))]
        let _ = ($($value,)+);
    };
}

/// What refused a request.
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

/// A reference that links the page a user sees to the audit event. It has no meaning of its own.
pub(crate) fn reference() -> String {
    let mut bytes = [0; 5];
    // If this fails, the reference is all zeros, and the request is refused all the same.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request was refused. Called once per request, when its response is final. Pages have a [`reference`]. `subject` is
/// whose request it was, where a valid credential says so.
pub(crate) fn refused(
    by: By,
    code: &'static str,
    item: &'static str,
    reference: Option<&str>,
    subject: Option<&SubjectHash>,
) {
    let subject_hash = subject.map(SubjectHash::as_str);
    tracing::info!(target: AUDIT, code, by = by.as_str(), item, reference, subject_hash, "refused");
    count!(REFUSALS, code = code, by = by.as_str());
}

/// A guard decided: `allowed`, or the code of its refusal. Each guard of a request decides.
pub(crate) fn decided(outcome: &'static str, credential: &'static str) {
    count!(DECISIONS, outcome = outcome, credential = credential);
}

/// The outcome of a call to Logto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// Logto responded successfully.
    Answered,
    /// Logto responded with a client error.
    Refused,
    /// There was no usable response.
    Unavailable,
}

/// A call to Logto finished. Each retry counts.
pub(crate) fn called(endpoint: Endpoint, outcome: CallOutcome) {
    let outcome = match outcome {
        CallOutcome::Answered => "answered",
        CallOutcome::Refused => "refused",
        CallOutcome::Unavailable => "unavailable",
    };
    count!(CALLS, endpoint = endpoint.label(), outcome = outcome);
}

/// An access token was requested: the session held one, or Logto is called.
pub(crate) fn token_wanted(held: bool) {
    count!(TOKENS, source = if held { "session" } else { "logto" });
}

/// The key set was fetched, because of its age or because a token named an unknown key.
pub(crate) fn keys_fetched(for_an_unknown_key: bool, succeeded: bool) {
    count!(
        KEYS,
        reason = if for_an_unknown_key { "unknown_key" } else { "age" },
        outcome = if succeeded { "fetched" } else { "failed" },
    );
}

/// Events in the life of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    /// A user signed in.
    SignedIn,
    /// The browser's previous session belonged to another user.
    Switched,
    /// A user signed out.
    SignedOut,
    /// Logto no longer has the session's grant.
    GrantGone,
    /// Logto returned claims of another user or sign-in than the session's.
    SomebodyElse(Source, InvalidToken),
    /// Logto ended sessions with a logout token.
    LoggedOut(Named),
    /// A webhook with this event ended sessions, or caused tokens and roles to be fetched again.
    ToldByWebhook(&'static str),
    /// The application ended all sessions of a user.
    EndedByApplication,
    /// A user ended one of their own sessions.
    EndedByOwner,
    /// A logout that was delayed, because the session store was unavailable, is done.
    EndedLate,
    /// A logout failed, so the sessions stay active.
    NotEnded(NotEnded),
    /// A stored session cannot be opened.
    Unreadable,
}

/// Where claims about a user came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The ID token in the response to a refresh.
    Refresh,
    /// The userinfo endpoint.
    UserInfo,
}

/// The claim by which a logout token names what ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// One session.
    Session,
    /// A user, and so all of the user's sessions.
    Person,
}

/// Why a logout failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotEnded {
    /// Too many operations are waiting for the session store.
    TooMany,
    /// The session store stayed unavailable.
    StoreDown,
}

/// Records an event in the life of a session. `subject` is whose session it is, where that is known.
pub(crate) fn session(event: SessionEvent, subject: Option<&SubjectHash>) {
    let subject_hash = subject.map(SubjectHash::as_str);
    match event {
        SessionEvent::SignedIn => {
            tracing::info!(target: AUDIT, code = "signed_in", subject_hash, "a user signed in");
            count!(SESSIONS, event = "begun", cause = "signed_in");
        }
        SessionEvent::Switched => {
            tracing::info!(target: AUDIT, code = "session_switched", subject_hash, "another user signed in with this browser");
            count!(SESSIONS, event = "ended", cause = "session_switched");
        }
        SessionEvent::SignedOut => {
            tracing::info!(target: AUDIT, code = "signed_out", subject_hash, "a user signed out");
            count!(SESSIONS, event = "ended", cause = "signed_out");
        }
        SessionEvent::GrantGone => {
            tracing::info!(target: AUDIT, code = "session_ended", subject_hash, "a session ended because Logto no longer has its grant");
            count!(SESSIONS, event = "ended", cause = "session_ended");
        }
        SessionEvent::SomebodyElse(source, reason) => {
            let code = reason.code();
            match source {
                Source::Refresh => {
                    tracing::warn!(target: AUDIT, code, subject_hash, "a session ended because a refresh returned the ID token of another sign-in: {}", reason.what());
                }
                Source::UserInfo => {
                    tracing::warn!(target: AUDIT, code, subject_hash, "a session ended because the userinfo endpoint returned claims of another user");
                }
            }
            count!(SESSIONS, event = "ended", cause = "somebody_else");
        }
        SessionEvent::LoggedOut(named) => {
            let by = match named {
                Named::Session => "sid",
                Named::Person => "sub",
            };
            tracing::info!(target: AUDIT, code = "backchannel_logout", subject_hash, by, "Logto ended sessions with a logout token");
            count!(SESSIONS, event = "ended", cause = "backchannel_logout");
        }
        SessionEvent::ToldByWebhook(event) => {
            tracing::info!(target: AUDIT, code = "webhook", subject_hash, event, "a webhook ended sessions, or caused tokens and roles to be fetched again");
            count!(SESSIONS, event = "ended", cause = "webhook");
        }
        SessionEvent::EndedByApplication => {
            tracing::info!(target: AUDIT, code = "sessions_ended", subject_hash, "the application ended all sessions of a user");
            count!(SESSIONS, event = "ended", cause = "sessions_ended");
        }
        SessionEvent::EndedByOwner => {
            tracing::info!(target: AUDIT, code = "session_ended_by_owner", subject_hash, "a user ended one of their own sessions");
            count!(SESSIONS, event = "ended", cause = "session_ended_by_owner");
        }
        SessionEvent::EndedLate => {
            tracing::info!(target: AUDIT, code = "late_logout", subject_hash, "a logout was applied late, because the session store was unavailable");
            count!(SESSIONS, event = "ended", cause = "late_logout");
        }
        SessionEvent::NotEnded(why) => {
            let why = match why {
                NotEnded::TooMany => "too many operations are waiting for the session store",
                NotEnded::StoreDown => "the session store stayed unavailable",
            };
            tracing::error!(target: AUDIT, code = "logout_lost", subject_hash, "a logout failed and its sessions stay active: {why}; restore the session store and end them again");
            count!(SESSIONS, event = "not_ended", cause = "logout_lost");
        }
        SessionEvent::Unreadable => {
            tracing::warn!(
                target: AUDIT, code = "session_unreadable", subject_hash,
                "a stored session cannot be opened: it was sealed with another key or by another version, or was modified"
            );
            count!(SESSIONS, event = "ended", cause = "session_unreadable");
        }
    }
}

/// A token exchange succeeded. `acting` says whether the token has an actor, and `subject` is whose token it is.
pub(crate) fn exchanged(acting: bool, subject: Option<&SubjectHash>) {
    let subject_hash = subject.map(SubjectHash::as_str);
    tracing::info!(target: AUDIT, code = "token_exchanged", subject_hash, acting, "a token exchange succeeded");
}
