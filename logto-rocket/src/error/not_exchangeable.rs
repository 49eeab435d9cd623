//! Why a caller's credential cannot be exchanged.

/// Why what a caller has shown cannot be exchanged for a token for another API.
///
/// ```
/// use logto_rocket::NotExchangeable;
///
/// assert_eq!(NotExchangeable::Session.code(), "no_bearer_token");
/// assert!(NotExchangeable::Session.help().contains("user.access_token"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotExchangeable {
    /// The caller has a session, and has sent no bearer token.
    Session,
    /// The caller is a machine. Logto exchanges only tokens of users.
    Machine,
    /// The caller's token names somebody who acts for the user (`act`, RFC 8693 §4.1). The exchanged token would not
    /// name them, or would name somebody else.
    ActorMissing,
}

impl NotExchangeable {
    /// A stable identifier for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            NotExchangeable::Session => "no_bearer_token",
            NotExchangeable::Machine => "machine_caller",
            NotExchangeable::ActorMissing => "actor_missing",
        }
    }

    pub(super) fn what(self) -> &'static str {
        match self {
            NotExchangeable::Session => "the caller has a session and no bearer token",
            NotExchangeable::Machine => "the caller is a machine",
            NotExchangeable::ActorMissing => {
                "the exchanged token would not name who acts for the user, as the caller's token does"
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            NotExchangeable::Session => {
                "request the token with `user.access_token(..)`, or accept only bearer tokens on the route with `via = \"bearer\"`"
            }
            NotExchangeable::Machine => {
                "call the API with this server's own token, from `Logto::machine_tokens`"
            }
            NotExchangeable::ActorMissing => {
                "pass an opaque access token of the same person to `actor`, or refuse callers who act for somebody"
            }
        }
    }
}
