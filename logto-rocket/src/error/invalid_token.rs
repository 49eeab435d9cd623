//! Why a token must not be trusted, and what to do about it: another thing for each kind of token.

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
            InvalidToken::Event => "it does not describe a logout",
            InvalidToken::Claim => "a required claim is missing or has the wrong type",
            InvalidToken::AccessTokenHash => "it came with another access token than it was issued with",
            InvalidToken::AuthTime => "the sign-in it attests is missing or too old",
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
    pub(super) fn help_for_id_token(self) -> &'static str {
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
