//! Why a token is refused, and what to do about it. The advice depends on the kind of token.

listed! {
/// Why a JSON Web Token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
#[non_exhaustive]
pub enum InvalidToken {
    /// The token is not three base64url parts with JSON objects, or is larger than 64 KiB.
    Malformed,
    /// The token is opaque, but a JWT is required. Logto issues opaque tokens when no `resource` is requested.
    Opaque,
    /// The opaque token is not active at Logto: it is unknown, expired or revoked (RFC 7662 §2.2).
    Inactive,
    /// `alg` is missing, `none`, symmetric or unknown.
    Algorithm,
    /// `typ` names another kind of token.
    Type,
    /// `crit` names an extension that is not supported (RFC 7515 §4.1.11).
    CriticalHeader,
    /// No key of the issuer matches `kid` and `alg`.
    UnknownKey,
    /// The signature is not valid.
    Signature,
    /// `iss` is missing or names another issuer.
    Issuer,
    /// `aud` is missing or names another audience.
    Audience,
    /// `azp` names another application.
    AuthorizedParty,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// `iat` is longer ago than the lifetime of this kind of token.
    TooOld,
    /// `nonce` is missing, is not the one of this sign-in, or is present where it must not be.
    Nonce,
    /// `sub` is missing, empty, longer than 255 characters, or names another user than expected.
    Subject,
    /// `events` does not contain the logout event (OpenID Connect Back-Channel Logout 1.0 §2.4).
    Event,
    /// A required claim is missing or has the wrong type.
    Claim,
    /// `at_hash` does not match the access token from the same response (OpenID Connect Core §3.1.3.6).
    AccessTokenHash,
    /// `auth_time` is missing or older than `max_age` allows.
    AuthTime,
}
}

impl InvalidToken {
    /// A stable identifier for programs.
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

    /// What is wrong, without the advice.
    pub(crate) fn what(self) -> &'static str {
        match self {
            InvalidToken::Malformed => "it is not a compact JSON Web Signature",
            InvalidToken::Opaque => "it is an opaque token where a JWT is required",
            InvalidToken::Inactive => "it is not active at Logto",
            InvalidToken::Algorithm => "its algorithm is not accepted",
            InvalidToken::Type => "its `typ` is that of another kind of token",
            InvalidToken::CriticalHeader => "its `crit` header requires an unsupported extension",
            InvalidToken::UnknownKey => "no key of the issuer matches its `kid` and `alg`",
            InvalidToken::Signature => "its signature is not valid",
            InvalidToken::Issuer => "its issuer is not the configured tenant",
            InvalidToken::Audience => "it was issued for another audience",
            InvalidToken::AuthorizedParty => "it was issued to another application",
            InvalidToken::Expired => "it has expired",
            InvalidToken::NotYetValid => "it is not valid yet",
            InvalidToken::TooOld => "it was issued too long ago",
            InvalidToken::Nonce => "its nonce does not match the sign-in",
            InvalidToken::Subject => "its subject is missing or is another user",
            InvalidToken::Event => "it contains no logout event",
            InvalidToken::Claim => "a required claim is missing or has the wrong type",
            InvalidToken::AccessTokenHash => "its `at_hash` does not match the access token",
            InvalidToken::AuthTime => "its `auth_time` is missing or too old",
        }
    }

    /// What to do about a refused access token.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            InvalidToken::Expired => {
                "refresh the token; if it is new, synchronize the clocks of both servers"
            }
            InvalidToken::NotYetValid | InvalidToken::TooOld => "synchronize the clocks of both servers",
            InvalidToken::Opaque => "request the token from Logto with `resource` set to the API's indicator",
            InvalidToken::Audience => {
                "request the token from Logto with `resource` set to the API's indicator, exactly as it is configured here"
            }
            InvalidToken::Inactive => "request a new token from Logto",
            InvalidToken::Issuer => "use a token of the tenant that this application is configured for",
            InvalidToken::Type => "send an access token, not an ID token or a logout token",
            _ => "use a token exactly as Logto issued it",
        }
    }

    /// What to do about a refused ID token.
    pub(super) fn help_for_id_token(self) -> &'static str {
        match self {
            InvalidToken::Expired | InvalidToken::NotYetValid | InvalidToken::TooOld => {
                "synchronize the clocks of both servers"
            }
            InvalidToken::Issuer => "set `endpoint` to the tenant that users sign in to",
            InvalidToken::Audience | InvalidToken::AuthorizedParty => {
                "compare `app_id` with the application's page in Logto; the ID token was issued to another application"
            }
            InvalidToken::Nonce | InvalidToken::Subject => {
                "sign in again; the ID token belongs to another sign-in"
            }
            InvalidToken::AuthTime => "sign in again, so that Logto authenticates the user again",
            InvalidToken::UnknownKey | InvalidToken::Signature | InvalidToken::Algorithm => {
                "check that the token endpoint and the key set belong to the same tenant, and that no proxy caches the key set"
            }
            _ => "check that Logto itself responds at the token endpoint, not a proxy",
        }
    }

    /// What to do about a refused logout token.
    pub(crate) fn help_for_logout_token(self) -> &'static str {
        match self {
            InvalidToken::Expired | InvalidToken::NotYetValid | InvalidToken::TooOld => {
                "synchronize the clocks of both servers"
            }
            InvalidToken::Type | InvalidToken::Opaque => "send a logout token: its `typ` is `logout+jwt`",
            InvalidToken::Issuer => "set `endpoint` to the tenant that sends the logout tokens",
            InvalidToken::Audience => {
                "register the back-channel logout URI only for the application that `app_id` names"
            }
            InvalidToken::Algorithm => "sign logout tokens with the same algorithm as ID tokens",
            _ => "send the logout token exactly as Logto issued it",
        }
    }
}
