//! The settings, each in the form in which it is used.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::public_urls::{PublicOrigin, PublicUrls};
use crate::sign_in_parameters::SignInParameters;
use crate::types::{ResourceIndicator, Scopes, Secret};

/// What the settings need to know about the Rocket instance.
#[derive(Debug, Clone)]
pub(crate) struct RocketEnv {
    /// Whether Rocket's profile is `debug`. Then some settings have defaults that production has not.
    pub(crate) debug: bool,
    /// The port Rocket listens on.
    pub(crate) port: u16,
}

/// The settings of every server. What only an application with sign-in has is in [`WebAppConfig`].
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The tenant's address for browsers, without a trailing slash.
    pub(crate) endpoint: Url,
    /// The tenant's address for this server, where it differs.
    pub(crate) internal_endpoint: Option<Url>,
    pub(crate) issuer: String,
    /// The machine-to-machine application that this server's own tokens are issued to.
    pub(crate) machine_app: Option<AppCredentials>,
    pub(crate) resources: Vec<ResourceIndicator>,
    /// Those of `resources` whose metadata is published (RFC 9728).
    pub(crate) published: Vec<Published>,
    /// The protection space that challenges name (RFC 9110 §11.5).
    pub(crate) realm: String,
    pub(crate) http: HttpLimits,
    pub(crate) leeway: Duration,
    pub(crate) warm_up: WarmUp,
    pub(crate) unguarded: Unguarded,
    /// Hashes the subjects in audit events. Without it these have none.
    pub(crate) audit_key: Option<Secret>,
    /// The applications whose JWT access tokens are accepted. Empty: those of every application.
    pub(crate) bearer_clients: Vec<String>,
    /// `None`: opaque tokens are refused.
    pub(crate) introspection: Option<IntrospectionSettings>,
    /// `None` for an API alone, which only accepts access tokens.
    pub(crate) web_app: Option<Arc<WebAppConfig>>,
    /// Settings that are valid but probably a mistake. Logged at launch.
    pub(crate) warnings: Vec<String>,
}

/// The settings of an application that users sign in to, which is a *traditional web application* in Logto.
#[derive(Debug, Clone)]
pub(crate) struct WebAppConfig {
    /// The application that users sign in to.
    pub(crate) app: AppCredentials,
    /// Where browsers reach this application.
    pub(crate) public: PublicUrls,
    /// The public path below which the routes of the fairing are.
    pub(crate) prefix: String,
    /// The same path in Rocket.
    pub(crate) prefix_in_rocket: String,
    /// The public path of the redirect URI.
    pub(crate) callback: String,
    /// The same path in Rocket.
    pub(crate) callback_in_rocket: String,
    pub(crate) cookie: CookieSettings,
    pub(crate) scopes: Scopes,
    pub(crate) prompt: String,
    /// Whether the parameters of a sign-in go to Logto directly (RFC 9126).
    pub(crate) pushed_requests: PushedRequests,
    /// The default parameters of sign-ins.
    pub(crate) sign_in: SignInParameters,
    /// The first key seals, all keys open.
    pub(crate) cookie_keys: CookieKeys,
    pub(crate) session: SessionLimits,
    pub(crate) session_store: SessionStoreKind,
    /// The Redis that several processes share. `None` where all state is kept in this process.
    pub(crate) redis: Option<RedisSettings>,
    /// In bytes. `None` for the default, which depends on where sessions are kept.
    pub(crate) session_data_limit: Option<usize>,
    /// The timeout of an operation of the session store.
    pub(crate) store_timeout: Duration,
    /// How long the application's hooks may take, those of one event together.
    pub(crate) hook_timeout: Duration,
    /// The same as in [`Config`].
    pub(crate) leeway: Duration,
    /// The maximum age of roles and scopes when a request is authorized.
    pub(crate) authorization: AuthorizationAges,
    /// A public path.
    pub(crate) default_return_to: String,
    /// The setting, or what it is by default for the main origin.
    pub(crate) post_sign_out_url: Url,
    /// Whether the setting is missing: then each origin has a URL of its own.
    pub(crate) is_post_sign_out_derived: bool,
    /// Whether a sign-out without `return_to` ends at the page of the landing route.
    pub(crate) signed_out_page: bool,
    /// Further addresses that a sign-out may return to, registered in Logto as well.
    pub(crate) post_sign_out_urls: Vec<Url>,
    /// The value of `Clear-Site-Data` in the response to a sign-out.
    pub(crate) clear_site_data: Option<String>,
    pub(crate) trusted_origins: Vec<String>,
    /// Whether Logto may end sessions with logout tokens.
    pub(crate) backchannel_logout: bool,
    /// The signing keys of the tenant's webhooks. Without a key no webhook endpoint is mounted.
    pub(crate) webhook_signing_keys: Vec<Secret>,
    /// Whether an update of a user ends the user's sessions, unless the update cannot have set a password.
    pub(crate) end_sessions_on_user_update: bool,
}

/// Opaque tokens that are accepted after introspection (RFC 7662).
#[derive(Debug, Clone)]
pub(crate) struct IntrospectionSettings {
    /// The application that asks Logto about them.
    pub(crate) app: AppCredentials,
    /// The applications whose tokens are accepted.
    pub(crate) clients: Vec<String>,
}

/// How the cookies of this crate are named and whom they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieSettings {
    /// The name of the session cookie without its prefix. `None`: a name derived from the application.
    pub(crate) name: Option<String>,
    /// The `Domain` attribute. `None`: the cookies are for the host alone.
    pub(crate) domain: Option<String>,
}

/// The credentials of an application in Logto.
#[derive(Debug, Clone)]
pub(crate) struct AppCredentials {
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

#[derive(Debug, Clone)]
pub(crate) enum CookieKeys {
    Given(Vec<Secret>),
    /// Generated at launch, so sessions end with the process.
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
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "used only with the feature `redis`"))]
pub(crate) struct RedisSettings {
    pub(crate) url: Secret,
    /// The prefix of every key.
    pub(crate) prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HttpLimits {
    pub(crate) connect: Duration,
    pub(crate) total: Duration,
}

/// What happens at launch if routes have neither a guard nor `#[public]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unguarded {
    Allow,
    Warn,
    Deny,
}

/// Whether authorization requests are pushed (RFC 9126).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushedRequests {
    /// The browser carries the parameters.
    Off,
    /// They are pushed where the tenant takes them, and the browser carries them where that fails.
    Auto,
    /// They are pushed, or there is no sign-in.
    Required,
}

/// Whether the launch waits for Logto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WarmUp {
    /// Launch, and fetch the discovery document and the key set in the background.
    Background,
    /// Refuse to launch if Logto cannot be reached.
    Required,
}

/// The maximum ages of what authorizes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthorizationAges {
    pub(crate) roles: Duration,
    /// For the scopes of a session's access tokens. `None`: scopes count for the lifetime of the token.
    pub(crate) scopes: Option<Duration>,
}

/// A resource whose metadata this application publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) resource: ResourceIndicator,
    /// The path of the metadata in this application.
    pub(crate) path: String,
    /// The URL of the metadata for clients, derived from the indicator as clients derive it (RFC 9728 §3.1).
    pub(crate) url: String,
}

impl Config {
    /// The application that machine tokens are issued to. `None` for an API without one of its own.
    pub(crate) fn machine(&self) -> Option<AppCredentials> {
        self.machine_app.clone().or_else(|| self.app())
    }

    /// The application that users sign in to. `None` for an API alone.
    pub(crate) fn app(&self) -> Option<AppCredentials> {
        self.web_app.as_ref().map(|web_app| web_app.app.clone())
    }

    pub(crate) fn has_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|configured| configured.as_str() == resource)
    }

    /// The API resource that is meant where none is named.
    pub(crate) fn sole_resource(&self) -> Option<&ResourceIndicator> {
        match self.resources.as_slice() {
            [sole] => Some(sole),
            _ => None,
        }
    }
}

impl WebAppConfig {
    /// Whether browsers reach this application over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public.main().is_https()
    }

    /// The `Origin` that browsers send for this application's pages, where it has only one.
    pub(crate) fn origin(&self) -> &str {
        self.public.main().as_str()
    }

    /// What distinguishes this deployment from others with the same application in Logto. Cookies, keys and entries in
    /// a store are bound to it.
    pub(crate) fn environment(&self) -> String {
        format!("{}{}", self.origin(), self.public.path())
    }

    /// Whether the routes of the fairing for sign-ins are mounted at `base`.
    pub(crate) fn is_mount_of_fairing(&self, base: &str) -> bool {
        [self.prefix_in_rocket.as_str(), self.callback_in_rocket.as_str()].contains(&base)
    }

    /// The redirect URI of the main origin, as it must be registered in Logto.
    pub(crate) fn redirect_uri(&self) -> String {
        self.redirect_uri_at(self.public.main())
    }

    pub(crate) fn redirect_uri_at(&self, origin: &PublicOrigin) -> String {
        format!("{}{}", origin.as_str(), self.callback)
    }

    /// Where Logto sends a browser after sign-out that used the application at `origin`.
    pub(crate) fn post_sign_out_url_at(&self, origin: &PublicOrigin) -> String {
        if self.signed_out_page {
            self.landing_at(origin)
        } else if self.is_post_sign_out_derived {
            format!("{}{}/", origin.as_str(), self.public.path())
        } else {
            self.post_sign_out_url.to_string()
        }
    }

    /// The address at `origin` of the landing route of sign-outs, which leads to paths of this application and has the
    /// page "signed out". `None` where it is not registered.
    pub(crate) fn sign_out_landing(&self, origin: &PublicOrigin) -> Option<String> {
        let landing = self.landing_at(origin);
        let is_registered =
            self.signed_out_page || self.registered_after_sign_out().any(|url| url.as_str() == landing);
        is_registered.then_some(landing)
    }

    fn landing_at(&self, origin: &PublicOrigin) -> String {
        format!("{}{}/signed-out", origin.as_str(), self.prefix)
    }

    /// The post sign-out redirect URIs to register in Logto. The first is the default.
    pub(crate) fn registered_after_sign_out(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.post_sign_out_url).chain(&self.post_sign_out_urls)
    }
}
