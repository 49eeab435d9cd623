//! API resources, and the tenant's roles.

use std::time::Duration;

use super::strings;
use crate::clock::millis;
use crate::random;

/// An API resource that access tokens can be issued for.
///
/// ```
/// use std::time::Duration;
/// use logto_dev::ApiResource;
/// let api = ApiResource::new("https://shopping.your-app.com/api")
///     .scopes(["read:orders", "write:orders"])
///     .access_token_ttl(Duration::from_secs(600));
/// # let _ = api;
/// ```
#[derive(Clone, Debug)]
pub struct ApiResource {
    pub(crate) indicator: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) ttl_ms: i64,
}

impl ApiResource {
    /// An API resource with this resource indicator: an absolute URI that is compared character by character.
    pub fn new(indicator: impl Into<String>) -> Self {
        Self { indicator: indicator.into(), scopes: Vec::new(), ttl_ms: 3_600_000 }
    }

    /// The scopes that the API defines.
    #[must_use]
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes.extend(strings(scopes));
        self
    }

    /// The lifetime of access tokens for the API; default: one hour.
    #[must_use]
    pub fn access_token_ttl(mut self, ttl: Duration) -> Self {
        self.ttl_ms = millis(ttl);
        self
    }
}

/// A role of the tenant for users and machine-to-machine applications.
///
/// ```
/// use logto_dev::Role;
/// let role = Role::new("shop-user").scopes("https://shopping.your-app.com/api", ["read:orders"]);
/// # let _ = role;
/// ```
#[derive(Clone, Debug)]
pub struct Role {
    /// The id in webhooks, which does not change with the name.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<(String, Vec<String>)>,
}

impl Role {
    /// A role without scopes.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { id: random::stable_id("role", &name, 21), name, scopes: Vec::new() }
    }

    /// Adds scopes of an API resource.
    #[must_use]
    pub fn scopes<I>(mut self, resource: impl Into<String>, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes.push((resource.into(), strings(scopes)));
        self
    }
}
