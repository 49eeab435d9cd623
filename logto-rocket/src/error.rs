//! Everything that can go wrong, each with a stable code and a line that says what to do.

use std::fmt;
use std::time::Duration;

pub use crate::config::ConfigError;
use crate::session::store::StoreError;

/// Why an operation of this crate failed.
///
/// Codes are stable; texts are not. No text holds a token, a code, a verifier or a secret.
///
/// ```
/// use logto_rocket::{Error, InvalidToken};
///
/// let error = Error::InvalidToken(InvalidToken::Expired);
/// assert_eq!(error.code(), "token_expired");
/// assert!(error.help().contains("refresh"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Logto did not answer, or not in a way that can be used. Says nothing about the caller: an
    /// outage is never a sign-out.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Logto answered with an OAuth error (RFC 6749 §5.2).
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Logto gives this server no token of its own (RFC 6749 §4.4): nobody who is signed in can help that.
    #[error("no token for this server itself: {0}")]
    MachineRefused(Refused),
    /// Logto does not exchange the token (RFC 8693). With `invalid_grant` the subject token or the actor
    /// token is not accepted: unknown, used up, expired, or its person is suspended.
    #[error("the token is not exchanged: {0}")]
    ExchangeRefused(Refused),
    /// A JSON Web Token that must not be trusted.
    #[error("the token is not valid: {0}")]
    InvalidToken(#[from] InvalidToken),
    /// The session store did not answer. Says nothing about the session: an outage is never a sign-out.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The session's grant is gone at Logto, or the session was ended here.
    #[error("the session has ended")]
    SessionEnded,
    /// The session holds no refresh token, so no further token can be fetched for it.
    #[error("the session holds no refresh token")]
    NoRefreshToken,
    /// Sessions live in cookies, so only their browsers have them: they cannot be listed.
    #[error("sessions live in cookies and cannot be listed")]
    SessionsInCookies,
    /// No organization is named, or what is named can be none.
    #[error("no organization is named")]
    NoOrganization,
    /// The session does not fit into cookies.
    #[error("the session needs {bytes} bytes of cookies; browsers keep about {limit}")]
    SessionTooLarge {
        /// What it needs.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
}

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
            Error::InvalidToken(reason) => reason.code(),
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
            Error::Unavailable(_) => {
                "check that Logto runs and can be reached from this server, then try again"
            }
            Error::Refused(refused) => refused.help(),
            Error::MachineRefused(refused) => refused.help_for_machine(),
            Error::ExchangeRefused(refused) => refused.help_for_exchange(),
            Error::InvalidToken(reason) => reason.help(),
            Error::Store(_) => "check that the session store runs and can be reached from this server",
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
#[error("Logto's {endpoint} is unavailable: {cause}")]
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
}

/// How an endpoint failed to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnavailableCause {
    /// No connection: name resolution, TCP or TLS. The text is the transport's own, without a URL.
    #[error("no connection ({0})")]
    Connect(String),
    /// The connection broke before the answer was complete. Logto may have done what was asked.
    #[error("the connection broke ({0})")]
    Interrupted(String),
    /// Not done within the configured time.
    #[error("no complete answer in time")]
    Timeout,
    /// A status that is no answer to the question: 5xx, 429, or a redirect.
    #[error("status {0}")]
    Status(u16),
    /// The body is longer than an honest answer would be.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The body is not what the endpoint's specification says.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// The document names another issuer than the configured one.
    #[error(
        "the tenant calls itself `{found}`, and not `{expected}`; set `endpoint` to the address the tenant uses for itself"
    )]
    WrongIssuer {
        /// What the configuration says.
        expected: String,
        /// What the document says.
        found: String,
    },
    /// It failed many times in a row, and is not asked for a few seconds.
    #[error("it has failed many times in a row and is not asked for a while")]
    CircuitOpen,
    /// More requests than this server lets through at once wait here for a signature to be checked, or for Logto.
    #[error("too many other requests of this server wait for it")]
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
}

/// An OAuth error answer of Logto.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Logto's {endpoint} refused with {status} `{error}`: {}", .description.as_deref().unwrap_or("no description"))]
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
    fn help(&self) -> &'static str {
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
            _ => "see the description that Logto gave",
        }
    }

    fn help_for_machine(&self) -> &'static str {
        match self.error.as_str() {
            "invalid_client" => {
                "check `machine_app_id` and `machine_app_secret` against the application's page in Logto"
            }
            "invalid_request" | "unauthorized_client" => {
                "set `machine_app_id` and `machine_app_secret` to those of a machine-to-machine application: one that people sign in to gets no tokens of its own"
            }
            "invalid_target" => {
                "register the API resource in Logto, and ask for it exactly as it is registered"
            }
            "access_denied" => "add the machine-to-machine application to the organization in Logto",
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

listed! {
/// Why a JSON Web Token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// Not three base64url parts holding JSON objects, or larger than 64 KiB.
    #[error("it is not a compact JSON Web Signature")]
    Malformed,
    /// An opaque token where a JWT is needed. Logto issues these when no `resource` is asked for.
    #[error("it is an opaque token; only a JWT can be checked here")]
    Opaque,
    /// Logto does not know the opaque token, or no longer: it is unknown, has ended, or was revoked.
    #[error("Logto does not know it, or no longer")]
    Inactive,
    /// `alg` is missing, `none`, symmetric or unknown.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// `typ` says it is another kind of token.
    #[error("it is another kind of token")]
    Type,
    /// A `crit` header names something that is not understood (RFC 7515 §4.1.11).
    #[error("it demands an extension that is not understood")]
    CriticalHeader,
    /// No key of the issuer fits `kid` and `alg`.
    #[error("no key of the issuer fits it")]
    UnknownKey,
    /// The signature does not verify.
    #[error("its signature is wrong")]
    Signature,
    /// `iss` is missing or another issuer.
    #[error("it comes from another issuer")]
    Issuer,
    /// `aud` is missing or somebody else.
    #[error("it is meant for another audience")]
    Audience,
    /// `azp` is another application.
    #[error("it was issued to another application")]
    AuthorizedParty,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `iat` lies further back than tokens of this kind live.
    #[error("it was issued too long ago")]
    TooOld,
    /// `nonce` is missing or not this attempt's; or there, where there must be none.
    #[error("its nonce is not the one that was sent")]
    Nonce,
    /// `sub` is missing, empty, over 255 characters, or not the expected person's.
    #[error("its subject is missing or is somebody else")]
    Subject,
    /// `events` does not tell of a logout (OpenID Connect Back-Channel Logout 1.0 §2.4).
    #[error("it tells of no logout")]
    Event,
    /// A required claim is missing or has the wrong type.
    #[error("a required claim is missing or has the wrong type")]
    Claim,
    /// `at_hash` is not the hash of the access token that came along (OpenID Connect Core §3.1.3.6).
    #[error("it came with another access token than it was issued with")]
    AccessTokenHash,
    /// `auth_time` is missing or older than was asked for.
    #[error("the sign-in it tells of is too old")]
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

    /// What to do about it, for people.
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
}
