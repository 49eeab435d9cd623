//! The settings, each in the form in which it is used.

use std::time::Duration;

use url::Url;

use crate::types::{ResourceIndicator, Scopes, Secret};

/// What the application around this crate tells about itself.
#[derive(Debug, Clone)]
pub(crate) struct RocketEnv {
    /// Whether Rocket's profile is `debug`: settings that must not be guessed in production may be.
    pub(crate) debug: bool,
    /// The port Rocket listens on.
    pub(crate) port: u16,
}

/// The settings, each in the form in which it is used.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The tenant's address for browsers, without a trailing slash.
    pub(crate) endpoint: Url,
    /// The tenant's address for this server, where it differs.
    pub(crate) internal_endpoint: Option<Url>,
    pub(crate) issuer: String,
    pub(crate) app_id: String,
    pub(crate) app_secret: Secret,
    /// The machine-to-machine application, for tokens of this server's own.
    pub(crate) machine_app: Option<AppCredentials>,
    /// This application's own origin.
    pub(crate) public_url: Url,
    pub(crate) prefix: String,
    pub(crate) resources: Vec<ResourceIndicator>,
    /// Those of `resources` whose metadata is published.
    pub(crate) published: Vec<Published>,
    pub(crate) scopes: Scopes,
    pub(crate) prompt: String,
    /// First seals, all open.
    pub(crate) cookie_keys: CookieKeys,
    pub(crate) session: SessionLimits,
    pub(crate) session_store: SessionStoreKind,
    /// What several processes share, if it is not this one's memory.
    pub(crate) redis: Option<RedisSettings>,
    /// How long anybody waits for the store.
    pub(crate) store_timeout: Duration,
    pub(crate) http: HttpLimits,
    pub(crate) leeway: Duration,
    /// How old what decides may be.
    pub(crate) authorization: AuthorizationAges,
    pub(crate) warm_up: WarmUp,
    pub(crate) default_return_to: String,
    pub(crate) post_sign_out_url: Url,
    pub(crate) trusted_origins: Vec<String>,
    pub(crate) unguarded: Unguarded,
    /// Whether Logto may end sessions by logout tokens.
    pub(crate) backchannel_logout: bool,
    /// Of the tenant's webhooks; none, and there is no endpoint for them.
    pub(crate) webhook_signing_keys: Vec<Secret>,
    /// Whether a change of a person ends their sessions, unless it provably set no password.
    pub(crate) end_sessions_on_user_update: bool,
    /// The applications whose JWT access tokens are taken; none named, and any application's are.
    pub(crate) bearer_clients: Vec<String>,
    /// The applications whose opaque tokens are taken; `None` where none are.
    pub(crate) introspected_clients: Option<Vec<String>>,
    /// What the settings are hardly meant to do; said at launch.
    pub(crate) warnings: Vec<String>,
}

/// Who this server is at Logto.
#[derive(Debug, Clone)]
pub(crate) struct AppCredentials {
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

#[derive(Debug, Clone)]
pub(crate) enum CookieKeys {
    Given(Vec<Secret>),
    /// Made at launch; sessions end with the process.
    Random,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionLimits {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
}

/// Where sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionStoreKind {
    Cookie,
    Memory,
    Redis,
}

#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "read only where there is a Redis"))]
pub(crate) struct RedisSettings {
    pub(crate) url: Secret,
    /// What every key begins with.
    pub(crate) prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HttpLimits {
    pub(crate) connect: Duration,
    pub(crate) total: Duration,
}

/// What becomes of a launch with routes that have no guard and are not marked `#[public]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unguarded {
    Allow,
    Warn,
    Deny,
}

/// Whether launch waits for Logto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WarmUp {
    /// Launch, and fetch discovery and keys meanwhile.
    Background,
    /// Refuse to launch when Logto cannot be reached.
    Required,
}

/// The greatest ages of what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthorizationAges {
    pub(crate) roles: Duration,
    /// Of the scopes of a session's access tokens. `None`: they count for as long as the token lives.
    pub(crate) scopes: Option<Duration>,
}

/// A resource whose metadata this application publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) resource: ResourceIndicator,
    /// Where its metadata lies in this application.
    pub(crate) path: String,
    /// Where its metadata lies for clients: derived from the indicator (RFC 9728 §3.1), as they derive it.
    pub(crate) url: String,
}

impl Config {
    /// The application that people sign in to.
    pub(crate) fn app(&self) -> AppCredentials {
        AppCredentials { id: self.app_id.clone(), secret: self.app_secret.clone() }
    }

    /// The application that gets tokens of its own.
    pub(crate) fn machine(&self) -> AppCredentials {
        self.machine_app.clone().unwrap_or_else(|| self.app())
    }

    /// Whether browsers reach this application over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The origin that browsers send for this application's own pages.
    pub(crate) fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The one redirect URI, as it must be registered in Logto.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("{}{}/callback", self.origin(), self.prefix)
    }

    pub(crate) fn has_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|configured| configured.as_str() == resource)
    }
}
