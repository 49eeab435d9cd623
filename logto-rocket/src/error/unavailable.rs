//! That Logto does not answer, and why.

use std::time::Duration;

use super::Endpoint;

/// Logto could not be reached, or its answer could not be used.
///
/// ```
/// use logto_rocket::{Endpoint, Unavailable, UnavailableCause};
///
/// let cause = UnavailableCause::Timeout;
/// let unavailable = Unavailable { endpoint: Endpoint::Token, cause, retry_after: None };
/// assert_eq!(unavailable.cause.code(), "timeout");
/// assert!(unavailable.to_string().ends_with(unavailable.help()));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("Logto's {endpoint} is unavailable: {}; {}", .cause.what(), .cause.help())]
pub struct Unavailable {
    /// Where it happened.
    pub endpoint: Endpoint,
    /// What happened.
    pub cause: UnavailableCause,
    /// How long Logto asked to wait (`Retry-After`), if it did.
    pub retry_after: Option<Duration>,
}

impl Unavailable {
    pub(crate) fn new(endpoint: Endpoint, cause: UnavailableCause) -> Self {
        Unavailable { endpoint, cause, retry_after: None }
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.cause.help()
    }
}

/// How an endpoint failed to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
#[non_exhaustive]
pub enum UnavailableCause {
    /// No connection: name resolution, TCP or TLS. The text is the transport's own, without a URL.
    Connect(String),
    /// The connection broke before the answer was complete. Logto may have done what was asked.
    Interrupted(String),
    /// Not done within the configured time.
    Timeout,
    /// A status that is no answer to the question: 5xx, 429, or a redirect.
    Status(u16),
    /// The body is longer than an honest answer would be.
    TooLarge(usize),
    /// The body is not what the endpoint's specification says.
    Malformed(String),
    /// The document names another issuer than the configured one.
    WrongIssuer {
        /// What the configuration says.
        expected: String,
        /// What the document says.
        found: String,
    },
    /// It failed many times in a row, and is not asked for a few seconds.
    CircuitOpen,
    /// More requests than this server lets through at once wait here for a signature to be checked, or for Logto.
    Overloaded,
}

impl UnavailableCause {
    /// A stable identifier, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            UnavailableCause::Connect(_) => "connect",
            UnavailableCause::Interrupted(_) => "interrupted",
            UnavailableCause::Timeout => "timeout",
            UnavailableCause::Status(_) => "status",
            UnavailableCause::TooLarge(_) => "too_large",
            UnavailableCause::Malformed(_) => "malformed",
            UnavailableCause::WrongIssuer { .. } => "wrong_issuer",
            UnavailableCause::CircuitOpen => "circuit_open",
            UnavailableCause::Overloaded => "overloaded",
        }
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            UnavailableCause::TooLarge(_) | UnavailableCause::Malformed(_) => {
                "check that Logto itself answers there, and nothing in front of it"
            }
            UnavailableCause::WrongIssuer { .. } => {
                "set `endpoint` to the address the tenant uses for itself"
            }
            UnavailableCause::Overloaded => "try again in a moment",
            _ => "check that Logto runs and can be reached from this server, then try again",
        }
    }

    /// What happened, without what to do about it.
    pub(crate) fn what(&self) -> String {
        match self {
            UnavailableCause::Connect(why) => format!("no connection ({why})"),
            UnavailableCause::Interrupted(why) => format!("the connection broke ({why})"),
            UnavailableCause::Timeout => "no complete answer in time".to_owned(),
            UnavailableCause::Status(status) => format!("status {status}"),
            UnavailableCause::TooLarge(bytes) => format!("the answer is larger than {bytes} bytes"),
            UnavailableCause::Malformed(why) => format!("the answer cannot be read: {why}"),
            UnavailableCause::WrongIssuer { expected, found } => {
                format!("the tenant calls itself `{found}`, and not `{expected}`")
            }
            UnavailableCause::CircuitOpen => {
                "it has failed many times in a row and is not asked for a while".to_owned()
            }
            UnavailableCause::Overloaded => "too many other requests of this server wait for it".to_owned(),
        }
    }
}
