//! The endpoints of a tenant, for the journal and the fault plan.

/// An endpoint of the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Both well-known documents.
    Discovery,
    /// The key set.
    Jwks,
    /// The authorization endpoint.
    Authorize,
    /// The pushed authorization request endpoint.
    PushedAuthorization,
    /// The pages between the authorization request and the callback.
    SignIn,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    UserInfo,
    /// The revocation endpoint.
    Revocation,
    /// The introspection endpoint.
    Introspection,
    /// The end session endpoint and its confirmation.
    EndSession,
    /// The Account API: `/api/my-account` and `/api/verifications`.
    AccountApi,
    /// The pages of the account center.
    AccountPage,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 12] = [
        Self::Discovery,
        Self::Jwks,
        Self::Authorize,
        Self::PushedAuthorization,
        Self::SignIn,
        Self::Token,
        Self::UserInfo,
        Self::Revocation,
        Self::Introspection,
        Self::EndSession,
        Self::AccountApi,
        Self::AccountPage,
    ];

    /// The name of the endpoint, such as `token`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::Authorize => "authorization",
            Self::PushedAuthorization => "pushed-authorization",
            Self::SignIn => "sign-in",
            Self::Token => "token",
            Self::UserInfo => "userinfo",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::EndSession => "end-session",
            Self::AccountApi => "account-api",
            Self::AccountPage => "account-page",
        }
    }

    /// The endpoint with this [name](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    pub(crate) fn of(path: &str) -> Option<Self> {
        let endpoint = match path {
            "/oidc/.well-known/openid-configuration" | "/oidc/.well-known/oauth-authorization-server" => {
                Self::Discovery
            }
            "/oidc/jwks" => Self::Jwks,
            "/oidc/auth" => Self::Authorize,
            "/oidc/request" => Self::PushedAuthorization,
            "/oidc/token" => Self::Token,
            "/oidc/me" => Self::UserInfo,
            "/oidc/token/revocation" => Self::Revocation,
            "/oidc/token/introspection" => Self::Introspection,
            "/sign-in"
            | "/register"
            | "/reset-password"
            | "/identifier-sign-in"
            | "/identifier-register"
            | "/single-sign-on"
            | "/consent" => Self::SignIn,
            _ if path.starts_with("/oidc/auth/") || path == "/direct" || path.starts_with("/direct/") => {
                Self::SignIn
            }
            _ if path.starts_with("/oidc/session/end") => Self::EndSession,
            "/account" => Self::AccountPage,
            _ if path.starts_with("/account/") => Self::AccountPage,
            "/api/my-account" => Self::AccountApi,
            _ if path.starts_with("/api/my-account/") || path.starts_with("/api/verifications/") => {
                Self::AccountApi
            }
            _ => return None,
        };
        Some(endpoint)
    }
}
