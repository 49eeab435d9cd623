//! The error for an outage of Logto, with its cause.

use std::time::Duration;

use super::Endpoint;

/// Logto could not be reached, or its response could not be used.
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
    /// The endpoint that failed.
    pub endpoint: Endpoint,
    /// How it failed.
    pub cause: UnavailableCause,
    /// The delay from Logto's `Retry-After` header, if it sent one.
    pub retry_after: Option<Duration>,
}

impl Unavailable {
    pub(crate) fn new(endpoint: Endpoint, cause: UnavailableCause) -> Self {
        Unavailable { endpoint, cause, retry_after: None }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.cause.help()
    }
}

/// How an endpoint failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
#[non_exhaustive]
pub enum UnavailableCause {
    /// No connection could be made: name resolution, TCP or TLS failed. The text comes from the transport and
    /// contains no URL.
    Connect(String),
    /// The connection was lost before the response was complete. Logto may have processed the request.
    Interrupted(String),
    /// The call did not finish within the configured time.
    Timeout,
    /// The response had an unusable status: 5xx, 429 or a redirect.
    Status(u16),
    /// The response body is larger than this many bytes, the limit for this endpoint.
    TooLarge(usize),
    /// The response body does not follow the endpoint's specification.
    Malformed(String),
    /// The discovery document names another issuer than the configured one.
    WrongIssuer {
        /// The configured issuer.
        expected: String,
        /// The issuer in the document.
        found: String,
    },
    /// The endpoint failed many times in a row, so calls to it are suspended for a few seconds.
    CircuitOpen,
    /// Too many requests of this server are already waiting for a signature check or for Logto.
    Overloaded,
}

impl UnavailableCause {
    /// A stable identifier for programs.
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

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            UnavailableCause::TooLarge(_) | UnavailableCause::Malformed(_) => {
                "check that Logto itself responds at this endpoint, not a proxy"
            }
            UnavailableCause::WrongIssuer { .. } => "set `endpoint` to the address in the tenant's issuer",
            UnavailableCause::Overloaded => "try again in a moment",
            _ => "check that Logto is running and can be reached from this server, then try again",
        }
    }

    /// What happened, without the advice.
    pub(crate) fn what(&self) -> String {
        match self {
            UnavailableCause::Connect(why) => format!("no connection ({why})"),
            UnavailableCause::Interrupted(why) => format!("the connection was lost ({why})"),
            UnavailableCause::Timeout => "the call timed out".to_owned(),
            UnavailableCause::Status(status) => format!("status {status}"),
            UnavailableCause::TooLarge(bytes) => format!("the response is larger than {bytes} bytes"),
            UnavailableCause::Malformed(why) => format!("the response is malformed: {why}"),
            UnavailableCause::WrongIssuer { expected, found } => {
                format!("the tenant's issuer is `{found}`, not `{expected}`")
            }
            UnavailableCause::CircuitOpen => {
                "it failed many times in a row, so calls to it are suspended for a few seconds".to_owned()
            }
            UnavailableCause::Overloaded => {
                "too many requests of this server are already waiting for it".to_owned()
            }
        }
    }
}
