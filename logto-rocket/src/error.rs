//! The errors of this crate. Each has a stable code and says what to do about it.

mod invalid_claim;
mod invalid_token;
mod not_exchangeable;
mod oauth_error;
mod store;
mod unavailable;

use std::fmt;

pub use invalid_claim::{ClaimsSource, InvalidClaim};
pub use invalid_token::InvalidToken;
pub use not_exchangeable::NotExchangeable;
pub use oauth_error::OAuthError;
pub(crate) use oauth_error::named;
pub use store::StoreError;
pub use unavailable::{Unavailable, UnavailableCause};

pub use crate::config::ConfigError;
use crate::types::ResourceIndicator;

/// Why an operation of this crate failed.
///
/// It prints as one line: what happened, then what to do about it ([`help`](Self::help)). Codes are stable, texts are
/// not. No text contains a token, an authorization code, a code verifier or a secret.
///
/// ```
/// use logto_rocket::{Error, InvalidToken};
///
/// let error = Error::InvalidToken(InvalidToken::Expired);
/// assert_eq!(error.code(), "token_expired");
/// assert!(error.help().contains("refresh"));
/// assert!(error.to_string().ends_with(error.help()));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or wrong.
    Config(ConfigError),
    /// Logto did not respond, or its response could not be used. The error says nothing about the caller: an
    /// outage is never a sign-out.
    Unavailable(Unavailable),
    /// Logto answered with an OAuth error (RFC 6749 §5.2).
    Refused(OAuthError),
    /// Logto issued no machine token to this server (RFC 6749 §4.4). A new sign-in does not help.
    MachineRefused(OAuthError),
    /// Logto refused a token exchange (RFC 8693). With `invalid_grant`, the subject token or the actor
    /// token is not accepted: it is unknown, used or expired, or its user is suspended.
    ExchangeRefused(OAuthError),
    /// What a caller has shown cannot be exchanged for a token for another API
    /// ([`Identity::exchange`](crate::Identity::exchange)). Logto was not asked.
    NotExchangeable(NotExchangeable),
    /// The sign-in did not grant the API resource or the organizations that a token is requested for. Logto names the
    /// reason: the resource or the scope was not part of the sign-in.
    NotGranted(OAuthError),
    /// A token was requested for an API resource that the setting `resources` does not list. Logto was not asked.
    ResourceNotConfigured {
        /// The API resource.
        resource: ResourceIndicator,
    },
    /// An access token is not valid.
    InvalidToken(InvalidToken),
    /// An ID token is not valid (OpenID Connect Core §3.1.3.7).
    InvalidIdToken(InvalidToken),
    /// A claim does not fit the type that the application reads it as.
    InvalidClaim(InvalidClaim),
    /// The session store failed. The error says nothing about the session: an outage is never a sign-out.
    Store(StoreError),
    /// The session has ended: Logto no longer has its grant, or it was ended here.
    SessionEnded,
    /// The session has no refresh token, so no further access token can be requested for it.
    NoRefreshToken,
    /// The user's sign-in did not request this, so Logto issues no token with it to the session (RFC 8707 §2.2). A
    /// new sign-in requests it: the setting or the guard that needs it came later. A guard that needs it leads
    /// browsers to a new sign-in by itself.
    NotRequestedAtSignIn {
        /// The API resource, or the scope `urn:logto:scope:organizations`.
        name: String,
    },
    /// Sessions are kept in cookies, so they cannot be listed.
    SessionsInCookies,
    /// The server is an API alone and has no credentials of its own at Logto (RFC 6749 §2.3).
    NoClientCredentials,
    /// No organization is given, or the value cannot be an organization id.
    NoOrganization,
    /// The session is too large for cookies.
    SessionTooLarge {
        /// The size of its cookies.
        bytes: usize,
        /// The largest size allowed.
        limit: usize,
    },
    /// What the application keeps in a session is too large. Nothing was changed.
    SessionDataTooLarge {
        /// The size that all of the session's data would have.
        bytes: usize,
        /// The largest size allowed (setting `session_data_limit`).
        limit: usize,
    },
    /// A value for a session cannot be written as JSON.
    SessionDataNotJson {
        /// The name of the value.
        name: &'static str,
    },
    /// The headers of the response were sent already, and a change of the session would need a cookie.
    ResponseStarted,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Each problem in it has its own advice.
            Error::Config(error) => return error.fmt(f),
            Error::Unavailable(unavailable) => return unavailable.fmt(f),
            Error::Refused(refused) => return refused.fmt(f),
            Error::Store(error) => return error.fmt(f),
            Error::MachineRefused(refused) => {
                write!(f, "Logto issued no machine token: {}", refused.what())?;
            }
            Error::ExchangeRefused(refused) => write!(f, "the token exchange failed: {}", refused.what())?,
            Error::NotExchangeable(reason) => write!(f, "no token exchange is possible: {}", reason.what())?,
            Error::NotGranted(refused) => {
                write!(f, "the sign-in did not grant this access: {}", refused.what())?
            }
            Error::ResourceNotConfigured { resource } => {
                write!(f, "the API resource `{}` is not configured", named(resource))?;
            }
            Error::InvalidToken(reason) => write!(f, "the token is not valid: {}", reason.what())?,
            Error::InvalidIdToken(reason) => write!(f, "the ID token is not valid: {}", reason.what())?,
            Error::InvalidClaim(invalid) => invalid.fmt(f)?,
            Error::SessionEnded => f.write_str("the session has ended")?,
            Error::NoRefreshToken => f.write_str("the session has no refresh token")?,
            Error::NotRequestedAtSignIn { name } => {
                write!(f, "the user's sign-in did not request `{name}`")?;
            }
            Error::SessionsInCookies => f.write_str("sessions are kept in cookies and cannot be listed")?,
            Error::NoClientCredentials => f.write_str("this server has no client credentials for Logto")?,
            Error::NoOrganization => f.write_str("no organization was given")?,
            Error::SessionTooLarge { bytes, limit } => {
                write!(f, "the session needs {bytes} bytes of cookies, and the limit is {limit}")?;
            }
            Error::SessionDataTooLarge { bytes, limit } => {
                write!(f, "the session data needs {bytes} bytes, and the limit is {limit}")?;
            }
            Error::SessionDataNotJson { name } => {
                write!(f, "the session data `{name}` cannot be written as JSON")?;
            }
            Error::ResponseStarted => {
                f.write_str("the session cannot be changed after the headers of the response were sent")?;
            }
        }
        write!(f, "; {}", self.help())
    }
}

impl std::error::Error for Error {
    /// The cause, where the text does not already contain it.
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
    Refused(OAuthError),
    InvalidToken(InvalidToken),
    InvalidClaim(InvalidClaim),
    Store(StoreError)
);

impl Error {
    /// What a refusal of the token endpoint means where a token is requested for a session. What the sign-in did not
    /// grant is another matter than what the user may not have.
    pub(crate) fn of_session_token(error: Error) -> Self {
        match error {
            Error::Refused(refused) if refused.is_about_the_grant() => Error::NotGranted(refused),
            other => other,
        }
    }

    /// A stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Config(_) => "configuration",
            Error::Unavailable(_) => "logto_unavailable",
            Error::Refused(_) => "logto_refused",
            Error::MachineRefused(_) => "machine_refused",
            Error::ExchangeRefused(refused) if refused.error == "invalid_grant" => "subject_token_refused",
            Error::ExchangeRefused(_) => "exchange_refused",
            Error::NotExchangeable(reason) => reason.code(),
            Error::NotGranted(_) => "not_granted",
            Error::ResourceNotConfigured { .. } => "resource_not_configured",
            Error::InvalidToken(reason) | Error::InvalidIdToken(reason) => reason.code(),
            Error::InvalidClaim(_) => "invalid_claim",
            Error::Store(_) => "store_unavailable",
            Error::SessionEnded => "session_ended",
            Error::NoRefreshToken => "no_refresh_token",
            Error::NotRequestedAtSignIn { .. } => "not_requested_at_sign_in",
            Error::SessionsInCookies => "sessions_in_cookies",
            Error::NoClientCredentials => "no_client_credentials",
            Error::NoOrganization => "no_organization",
            Error::SessionTooLarge { .. } => "session_too_large",
            Error::SessionDataTooLarge { .. } => "session_data_too_large",
            Error::SessionDataNotJson { .. } => "session_data_not_json",
            Error::ResponseStarted => "response_started",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Error::Config(_) => "correct the settings that the error names",
            Error::Unavailable(unavailable) => unavailable.help(),
            Error::Refused(refused) => refused.help(),
            Error::MachineRefused(refused) => refused.help_for_machine(),
            Error::ExchangeRefused(refused) => refused.help_for_exchange(),
            Error::NotExchangeable(reason) => reason.help(),
            Error::NotGranted(refused) => refused.help_for_not_granted(),
            Error::ResourceNotConfigured { .. } => {
                "list it in the setting `resources` exactly as registered in Logto, and sign in again; for a token of an organization itself use `organization_token`"
            }
            Error::InvalidToken(reason) => reason.help(),
            Error::InvalidIdToken(reason) => reason.help_for_id_token(),
            Error::InvalidClaim(invalid) => invalid.help(),
            Error::Store(error) => error.help(),
            Error::SessionEnded => "sign in again",
            Error::NoRefreshToken => {
                "keep `consent` in the setting `prompt`, or enable \"Always issue refresh token\" for the application in Logto"
            }
            Error::NotRequestedAtSignIn { .. } => {
                "lead the user to a new sign-in, which requests it now; if it does not, add it to `resources` or `scopes`"
            }
            Error::SessionsInCookies => "set `session_store` to \"redis\" or \"memory\"",
            Error::NoClientCredentials => {
                "set `machine_app_id` and `machine_app_secret` to those of a machine-to-machine application in Logto"
            }
            Error::NoOrganization => "give the organization's id as Logto shows it",
            Error::SessionTooLarge { .. } => {
                "set `session_store` to \"redis\" or \"memory\", or make the ID token smaller: request fewer scopes, or keep custom data out of it"
            }
            Error::SessionDataTooLarge { .. } => {
                "keep less in the session, for example an id of what is in a database, or raise `session_data_limit`"
            }
            Error::SessionDataNotJson { .. } => {
                "use maps with keys that are strings, numbers or enums, and no serializer that fails"
            }
            Error::ResponseStarted => {
                "change the session before the handler returns, or set `session_store` to \"redis\" or \"memory\""
            }
        }
    }
}

/// The Logto endpoint that an error is about.
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
    /// The pushed authorization request endpoint (RFC 9126).
    PushedAuthorization,
    /// Logto's Account API.
    AccountApi,
}

impl Endpoint {
    /// The endpoint as a label of a counter.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Endpoint::Discovery => "discovery",
            Endpoint::Jwks => "jwks",
            Endpoint::Token => "token",
            Endpoint::UserInfo => "userinfo",
            Endpoint::Revocation => "revocation",
            Endpoint::Introspection => "introspection",
            Endpoint::PushedAuthorization => "pushed_authorization",
            Endpoint::AccountApi => "account_api",
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
            Endpoint::PushedAuthorization => "pushed authorization request endpoint",
            Endpoint::AccountApi => "Account API",
        })
    }
}
