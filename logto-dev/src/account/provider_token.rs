//! Access tokens of identity providers, which Logto keeps for its users.

use std::time::Duration;

use crate::clock::millis;

/// An access token that an identity provider gave when a user signed in with it, for
/// [`Users::set_provider_token`](crate::Users::set_provider_token).
///
/// ```
/// use std::time::Duration;
/// use logto_dev::ProviderToken;
/// let token = ProviderToken::new("gho_16C7e42F292c6912E7710c838347Ae178B4a")
///     .scope("repo user")
///     .expires_in(Duration::from_secs(3600));
/// # let _ = token;
/// ```
#[derive(Clone, Debug)]
pub struct ProviderToken {
    pub(super) access_token: String,
    pub(super) scope: Option<String>,
    lifetime_ms: Option<i64>,
}

/// A token that the tenant keeps.
#[derive(Clone, Debug)]
pub(crate) struct StoredToken {
    pub(super) token: ProviderToken,
    pub(super) expires_at: Option<i64>,
}

impl ProviderToken {
    /// A token without a scope that does not expire.
    pub fn new(access_token: impl Into<String>) -> Self {
        Self { access_token: access_token.into(), scope: None, lifetime_ms: None }
    }

    /// What it allows, in the words of the provider.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// How long it lives from now on. An expired token is removed when it is asked for.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime_ms = Some(millis(lifetime));
        self
    }

    pub(crate) fn stored(self, now: i64) -> StoredToken {
        let expires_at = self.lifetime_ms.map(|lifetime| now + lifetime);
        StoredToken { token: self, expires_at }
    }
}
