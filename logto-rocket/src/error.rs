//! Everything that can go wrong, each with a stable code and a line that says what to do.

use std::fmt;
use std::time::Duration;

pub use crate::config::ConfigError;
use crate::session::store::StoreError;
use crate::types::ResourceIndicator;

/// Why an operation of this crate failed.
///
/// It prints as one line: what happened, then what to do about it ([`help`](Self::help)). Codes are stable; texts are
/// not. No text holds a token, a code, a verifier or a secret.
///
/// ```
/// use logto_rocket::{Error, InvalidToken};
///
/// let error = Error::InvalidToken(InvalidToken::Expired);
/// assert_eq!(error.code(), "token_expired");
/// assert!(error.help().contains("refresh"));
/// assert!(error.to_string().ends_with(error.help()));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or wrong.
    Config(ConfigError),
    /// Logto did not answer, or not in a way that can be used. Says nothing about the caller: an
    /// outage is never a sign-out.
    Unavailable(Unavailable),
    /// Logto answered with an OAuth error (RFC 6749 §5.2).
    Refused(Refused),
    /// Logto gives this server no token of its own (RFC 6749 §4.4): nobody who is signed in can help that.
    MachineRefused(Refused),
    /// Logto does not exchange the token (RFC 8693). With `invalid_grant` the subject token or the actor
    /// token is not accepted: unknown, used up, expired, or its person is suspended.
    ExchangeRefused(Refused),
    /// An access token that must not be trusted.
    InvalidToken(InvalidToken),
    /// An ID token that must not be trusted (OpenID Connect Core §3.1.3.7).
    InvalidIdToken(InvalidToken),
    /// The session store did not answer. Says nothing about the session: an outage is never a sign-out.
    Store(StoreError),
    /// The session's grant is gone at Logto, or the session was ended here.
    SessionEnded,
    /// The session holds no refresh token, so no further token can be fetched for it.
    NoRefreshToken,
    /// Sessions live in cookies, so only their browsers have them: they cannot be listed.
    SessionsInCookies,
    /// No organization is named, or what is named can be none.
    NoOrganization,
    /// The session does not fit into cookies.
    SessionTooLarge {
        /// What it needs.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Each of its problems comes with its fix.
            Error::Config(error) => return error.fmt(f),
            Error::Unavailable(unavailable) => return unavailable.fmt(f),
            Error::Refused(refused) => return refused.fmt(f),
            Error::Store(error) => return error.fmt(f),
            Error::MachineRefused(refused) => {
                write!(f, "no token for this server itself: {}", refused.what())?;
            }
            Error::ExchangeRefused(refused) => write!(f, "the token is not exchanged: {}", refused.what())?,
            Error::InvalidToken(reason) => write!(f, "the token is not valid: {}", reason.what())?,
            Error::InvalidIdToken(reason) => write!(f, "the ID token is not valid: {}", reason.what())?,
            Error::SessionEnded => f.write_str("the session has ended")?,
            Error::NoRefreshToken => f.write_str("the session holds no refresh token")?,
            Error::SessionsInCookies => f.write_str("sessions live in cookies and cannot be listed")?,
            Error::NoOrganization => f.write_str("no organization is named")?,
            Error::SessionTooLarge { bytes, limit } => {
                write!(f, "the session needs {bytes} bytes of cookies; browsers keep about {limit}")?;
            }
        }
        write!(f, "; {}", self.help())
    }
}

impl std::error::Error for Error {
    /// What lies behind it, where the text does not say it already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Store(error) => error.source(),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident($inner:ty)),+) => {$(
        impl From<$inner> for Error {
            fn from(inner: $inner) -> Self {
                Error::$variant(inner)
            }
        }
    )+};
}

from!(
    Config(ConfigError),
    Unavailable(Unavailable),
    Refused(Refused),
    InvalidToken(InvalidToken),
    Store(StoreError)
);

impl Error {
    /// A stable identifier, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Config(_) => "configuration",
            Error::Unavailable(_) => "logto_unavailable",
            Error::Refused(_) => "logto_refused",
            Error::MachineRefused(_) => "machine_refused",
            Error::ExchangeRefused(refused) if refused.error == "invalid_grant" => "subject_token_refused",
            Error::ExchangeRefused(_) => "exchange_refused",
            Error::InvalidToken(reason) | Error::InvalidIdToken(reason) => reason.code(),
            Error::Store(_) => "store_unavailable",
            Error::SessionEnded => "session_ended",
            Error::NoRefreshToken => "no_refresh_token",
            Error::SessionsInCookies => "sessions_in_cookies",
            Error::NoOrganization => "no_organization",
            Error::SessionTooLarge { .. } => "session_too_large",
        }
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Error::Config(_) => "correct the settings that the error names",
            Error::Unavailable(unavailable) => unavailable.help(),
            Error::Refused(refused) => refused.help(),
            Error::MachineRefused(refused) => refused.help_for_machine(),
            Error::ExchangeRefused(refused) => refused.help_for_exchange(),
            Error::InvalidToken(reason) => reason.help(),
            Error::InvalidIdToken(reason) => reason.help_for_id_token(),
            Error::Store(error) => error.help(),
            Error::SessionEnded => "sign in again",
            Error::NoRefreshToken => {
                "keep `consent` in the `prompt` setting, or switch on \"Always issue refresh token\" for the application in Logto"
            }
            Error::SessionsInCookies => "set `session_store` to \"redis\" or \"memory\"",
            Error::NoOrganization => "name an organization by its id, as Logto shows it",
            Error::SessionTooLarge { .. } => {
                "set `session_store` to \"redis\" or \"memory\", or ask for fewer scopes, so that the ID token carries less, or keep custom data out of it"
            }
        }
    }
}

/// Which of Logto's endpoints a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The discovery document.
    Discovery,
    /// The key set.
    Jwks,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    UserInfo,
    /// The revocation endpoint (RFC 7009).
    Revocation,
    /// The introspection endpoint (RFC 7662).
    Introspection,
}

impl Endpoint {
    /// The endpoint in the labels of counters.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Endpoint::Discovery => "discovery",
            Endpoint::Jwks => "jwks",
            Endpoint::Token => "token",
            Endpoint::UserInfo => "userinfo",
            Endpoint::Revocation => "revocation",
            Endpoint::Introspection => "introspection",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Endpoint::Discovery => "discovery document",
            Endpoint::Jwks => "key set",
            Endpoint::Token => "token endpoint",
            Endpoint::UserInfo => "userinfo endpoint",
            Endpoint::Revocation => "revocation endpoint",
            Endpoint::Introspection => "introspection endpoint",
        })
    }
}

/// Logto could not be reached, or its answer could not be used.
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
    /// More tokens wait to be checked here than this server can check.
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
            UnavailableCause::Overloaded => "this server has more signatures to check than it can".to_owned(),
        }
    }
}

/// An OAuth error answer of Logto.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
pub struct Refused {
    /// Where it happened.
    pub endpoint: Endpoint,
    /// The HTTP status.
    pub status: u16,
    /// The code of RFC 6749 §5.2, RFC 8707 §2, or Logto's own.
    pub error: String,
    /// Logto's explanation, made safe to print.
    pub description: Option<String>,
}

impl Refused {
    /// What happened, without what to do about it.
    fn what(&self) -> String {
        let Refused { endpoint, status, error, description } = self;
        let description = description.as_deref().unwrap_or("no description");
        format!("Logto's {endpoint} refused with {status} `{error}`: {description}")
    }

    /// Names the API resource that was asked for. Logto does not say which one it does not know, and an application
    /// may ask for several.
    pub(crate) fn about(mut self, resource: Option<&ResourceIndicator>) -> Self {
        if let ("invalid_target", Some(resource)) = (self.error.as_str(), resource) {
            let said = self.description.as_deref().unwrap_or("it was not given");
            self.description = Some(format!("`{resource}` was asked for: {said}"));
        }
        self
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_grant") => "sign in again",
            (_, "invalid_client") => {
                "check `app_id` and `app_secret` against the application's page in Logto"
            }
            (_, "invalid_target") => {
                "register the API resource in Logto, list it in `resources` exactly as registered, and sign in again"
            }
            (403, "insufficient_scope") => "sign in again, so that the organizations scope is granted",
            (403, "access_denied") => "the person is not a member of the organization",
            (_, "access_denied") => DENIED,
            _ => "see the description that Logto gave",
        }
    }

    fn help_for_machine(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_client") => {
                "check `machine_app_id` and `machine_app_secret` against the application's page in Logto"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "set `machine_app_id` and `machine_app_secret` to those of a machine-to-machine application: one that people sign in to gets no tokens of its own"
            }
            (_, "invalid_target") => {
                "register the API resource in Logto, and ask for it exactly as it is registered"
            }
            (403, "access_denied") => "add the machine-to-machine application to the organization in Logto",
            (_, "access_denied") => DENIED,
            _ => "see the description that Logto gave",
        }
    }

    fn help_for_exchange(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_grant") => {
                "ask for another subject token: this one is not accepted, or not any more"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "allow token exchange on the application's page in Logto"
            }
            (403, "access_denied") => "the person is not a member of the organization",
            _ => self.help(),
        }
    }
}

/// As recorded: 400 `access_denied`, with the tenant's own words.
const DENIED: &str = "the tenant's access control or JWT customizer denies the token; see the description, and ask the tenant's administrator";

listed! {
/// Why a JSON Web Token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
#[non_exhaustive]
pub enum InvalidToken {
    /// Not three base64url parts holding JSON objects, or larger than 64 KiB.
    Malformed,
    /// An opaque token where a JWT is needed. Logto issues these when no `resource` is asked for.
    Opaque,
    /// Logto does not know the opaque token, or no longer: it is unknown, has ended, or was revoked.
    Inactive,
    /// `alg` is missing, `none`, symmetric or unknown.
    Algorithm,
    /// `typ` says it is another kind of token.
    Type,
    /// A `crit` header names something that is not understood (RFC 7515 §4.1.11).
    CriticalHeader,
    /// No key of the issuer fits `kid` and `alg`.
    UnknownKey,
    /// The signature does not verify.
    Signature,
    /// `iss` is missing or another issuer.
    Issuer,
    /// `aud` is missing or somebody else.
    Audience,
    /// `azp` is another application.
    AuthorizedParty,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// `iat` lies further back than tokens of this kind live.
    TooOld,
    /// `nonce` is missing or not this attempt's; or there, where there must be none.
    Nonce,
    /// `sub` is missing, empty, over 255 characters, or not the expected person's.
    Subject,
    /// `events` does not tell of a logout (OpenID Connect Back-Channel Logout 1.0 §2.4).
    Event,
    /// A required claim is missing or has the wrong type.
    Claim,
    /// `at_hash` is not the hash of the access token that came along (OpenID Connect Core §3.1.3.6).
    AccessTokenHash,
    /// `auth_time` is missing or older than was asked for.
    AuthTime,
}
}

impl InvalidToken {
    /// A stable identifier, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            InvalidToken::Malformed => "token_malformed",
            InvalidToken::Opaque => "token_opaque",
            InvalidToken::Inactive => "token_inactive",
            InvalidToken::Algorithm => "token_algorithm",
            InvalidToken::Type => "token_type",
            InvalidToken::CriticalHeader => "token_critical_header",
            InvalidToken::UnknownKey => "token_unknown_key",
            InvalidToken::Signature => "token_signature",
            InvalidToken::Issuer => "token_issuer",
            InvalidToken::Audience => "token_audience",
            InvalidToken::AuthorizedParty => "token_authorized_party",
            InvalidToken::Expired => "token_expired",
            InvalidToken::NotYetValid => "token_not_yet_valid",
            InvalidToken::TooOld => "token_too_old",
            InvalidToken::Nonce => "token_nonce",
            InvalidToken::Subject => "token_subject",
            InvalidToken::Event => "token_event",
            InvalidToken::Claim => "token_claim",
            InvalidToken::AccessTokenHash => "token_at_hash",
            InvalidToken::AuthTime => "token_auth_time",
        }
    }

    /// What is wrong, without what to do about it.
    pub(crate) fn what(self) -> &'static str {
        match self {
            InvalidToken::Malformed => "it is not a compact JSON Web Signature",
            InvalidToken::Opaque => "it is an opaque token; only a JWT can be checked here",
            InvalidToken::Inactive => "Logto does not know it, or no longer",
            InvalidToken::Algorithm => "its algorithm is not accepted",
            InvalidToken::Type => "it is another kind of token",
            InvalidToken::CriticalHeader => "it demands an extension that is not understood",
            InvalidToken::UnknownKey => "no key of the issuer fits it",
            InvalidToken::Signature => "its signature is wrong",
            InvalidToken::Issuer => "it comes from another issuer",
            InvalidToken::Audience => "it is meant for another audience",
            InvalidToken::AuthorizedParty => "it was issued to another application",
            InvalidToken::Expired => "it has expired",
            InvalidToken::NotYetValid => "it is not valid yet",
            InvalidToken::TooOld => "it was issued too long ago",
            InvalidToken::Nonce => "its nonce is not the one that was sent",
            InvalidToken::Subject => "its subject is missing or is somebody else",
            InvalidToken::Event => "it tells of no logout",
            InvalidToken::Claim => "a required claim is missing or has the wrong type",
            InvalidToken::AccessTokenHash => "it came with another access token than it was issued with",
            InvalidToken::AuthTime => "the sign-in it tells of is too old",
        }
    }

    /// What to do about an access token, for people.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            InvalidToken::Expired => "refresh the token; if it is new, compare the clocks of both servers",
            InvalidToken::NotYetValid | InvalidToken::TooOld => "compare the clocks of both servers",
            InvalidToken::Opaque => "ask Logto for the token with `resource` set to the API's indicator",
            InvalidToken::Audience => {
                "ask Logto for the token with `resource` set to the API's indicator, byte for byte as configured here"
            }
            InvalidToken::Inactive => "ask Logto for a new token",
            InvalidToken::Issuer => "use a token of the tenant that this application is configured for",
            InvalidToken::Type => "send an access token, not an ID token or a logout token",
            _ => "use a token as Logto issued it",
        }
    }

    /// What to do about an ID token, for people.
    fn help_for_id_token(self) -> &'static str {
        match self {
            InvalidToken::Expired | InvalidToken::NotYetValid | InvalidToken::TooOld => {
                "compare the clocks of both servers"
            }
            InvalidToken::Issuer => "set `endpoint` to the tenant that people sign in at",
            InvalidToken::Audience | InvalidToken::AuthorizedParty => {
                "compare `app_id` with the application's page in Logto; the ID token is for another application"
            }
            InvalidToken::Nonce | InvalidToken::Subject => {
                "sign in again; the ID token belongs to another sign-in"
            }
            InvalidToken::AuthTime => "sign in again, so that Logto asks who it is",
            InvalidToken::UnknownKey | InvalidToken::Signature | InvalidToken::Algorithm => {
                "check that the token endpoint and the key set are the same tenant's, and that no proxy caches the keys"
            }
            _ => "check that Logto itself answers at the token endpoint, and nothing in front of it",
        }
    }

    /// What to do about a logout token, for people.
    pub(crate) fn help_for_logout_token(self) -> &'static str {
        match self {
            InvalidToken::Expired | InvalidToken::NotYetValid | InvalidToken::TooOld => {
                "compare the clocks of both servers"
            }
            InvalidToken::Type | InvalidToken::Opaque => "send a logout token: its `typ` is `logout+jwt`",
            InvalidToken::Issuer => "set `endpoint` to the tenant that sends the logout tokens",
            InvalidToken::Audience => {
                "register the back-channel logout URI at the application that `app_id` names, and at no other one"
            }
            InvalidToken::Algorithm => "sign logout tokens with the algorithm of the ID tokens",
            _ => "send the logout token as Logto issued it",
        }
    }
}
