//! Sign-in, sessions, scopes and tokens for [Rocket](https://rocket.rs) applications, with
//! [Logto](https://logto.io).
//!
//! One attribute protects a route:
//!
//! ```
//! #[macro_use] extern crate rocket;
//! use logto_rocket::{Identity, Logto, User, require_auth};
//!
//! #[require_auth]
//! #[get("/profile")]
//! fn profile(user: User) -> String {
//!     format!("Hello {}", user.claims().display_name())
//! }
//!
//! #[require_auth(scopes = "read:orders")]
//! #[get("/orders")]
//! fn orders(who: Identity) -> String {
//!     format!("orders of {}", who.subject())
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build().attach(Logto::fairing()).mount("/", routes![profile, orders])
//! }
//! ```
//!
//! and three settings in `Rocket.toml` connect it with a tenant:
//!
//! ```toml
//! [default.logto]
//! endpoint   = "https://my-tenant.logto.app"
//! app_id     = "..."
//! app_secret = "..."
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | guarding routes | [`require_auth`], and [`attributes`] for every key with an example |
//! | guarding a whole mount, a file server | [`guarded`], [`public_routes`] |
//! | who the caller is | [`User`], [`MaybeUser`], [`Identity`] |
//! | custom claims, typed | [`claims`], [`Claims`], [`Identity::claims`], [`User::claims_as`], [`User::info_as`] |
//! | calling an API on behalf of a user | [`with_access_token`], [`AccessToken`], [`User::access_token`] |
//! | calling an API on behalf of a bearer | [`Identity::exchange`] |
//! | records of users, refusing them, and what else happens at sign-in and sign-out | [`hooks`] |
//! | organizations | [`with_org_token`], [`OrgToken`] |
//! | calling an API as this server | [`Logto::machine_tokens`] |
//! | calling Logto itself with the session's token | [`User::opaque_token`] |
//! | impersonation, personal access tokens | [`Logto::exchange`] |
//! | an API without sign-in, secrets from files | [`an_api_alone`] |
//! | an application below a path, under several origins, behind a proxy | [`behind_a_proxy`] |
//! | htmx, `fetch`, prefetches, forms, WebSockets | [`browsers`], [`NOT_SAVED`] |
//! | data of your own in the session, a cart for visitors | [`SessionData`] |
//! | where sessions are kept, refresh, outages, several processes | [`sessions`], [`store`] |
//! | the user's account at Logto: profile, password, sessions, linked accounts | [`User::account`], [`account`] |
//! | ending sessions from outside the browser, webhooks | [`revocation`], [`Webhook`] |
//! | settings and routes | [`Logto::fairing`] |
//! | error pages of your own, languages | [`pages`], [`Pages`], [`AuthFailure::of`] |
//! | every refusal, audit events, counters | [`refusals`] |
//! | spans, OpenTelemetry, subjects in audit events | [`traces`] |
//! | probes | [`Logto::health`] |
//! | settings that are checked against the tenant | [`Logto::doctor`], [`doctor`] |
//! | tests of the application: users signed in without a network | `testing`, with the feature `testing` |
//!
//! # Three permission models
//!
//! Logto has three kinds of access tokens, and this crate never accepts one in place of another:
//!
//! | model | `aud` | `organization_id` | requested by |
//! |---|---|---|---|
//! | API resource | the resource | none | `scopes`, `resource` |
//! | organization | `urn:logto:organization:<id>` | none | `with_org_token`; `organization` without scopes; `resource = "urn:logto:resource:organizations"` |
//! | organization-level API resource | the resource | the organization | `organization` together with `scopes` or `resource` |
//!
//! A *plain* API token may carry scopes that a user has only through a role in some organization. Logto issues it so,
//! and a plain guard accepts it. **A route that must keep tenants apart names `organization`.**
//!
//! An organization-level API token carries the scopes of the user's roles in the organization **and those of the
//! user's roles in the tenant**. It proves the membership, but not that a scope was granted in this organization. A
//! route that needs that requires a role there: `organization` together with `roles`; see [`attributes`].
//!
//! # Opaque tokens
//!
//! An application that requests no API resource gets an opaque access token, which is for Logto's userinfo endpoint
//! and not for any API. It is refused here unless `introspection = true` is set. Then Logto is called to introspect
//! it (RFC 7662), at most once a minute, and
//!
//! - it is accepted on routes that only require a known caller, and never for a scope, a resource, a role or an
//!   organization;
//! - it must have been issued to this application or to one in `introspection_clients = [".."]`: any other
//!   application in the tenant has such tokens of everybody who signed in there;
//! - it must have the `openid` scope: the userinfo endpoint returns its user, since a tenant's JWT customizer can add
//!   any claim to the introspection response;
//! - if Logto is unavailable, the response is 503.

#![forbid(unsafe_code)]

#[macro_use]
mod enum_macros;

mod bearer;
mod clock;
mod config;
pub mod doctor;
mod error;
mod fairing;
#[macro_use]
mod guard;
pub mod health;
mod logto;
mod names;
mod oidc;
mod page;
mod pending_sign_in;
pub mod refusals;
mod routes;
mod session;
mod sign_in_parameters;
mod syntax;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod types;
mod webhook;

pub use clock::Clock;
pub use error::{
    ClaimsSource, ConfigError, Endpoint, Error, InvalidClaim, InvalidToken, NotExchangeable, OAuthError,
    Unavailable, UnavailableCause,
};
pub use fairing::LogtoFairing;
pub use guard::access::{Access, AccessReport, RouteAccess};
pub use guard::{
    AccessToken, AccessTokenRequest, Account, AccountLink, AccountPage, AuthFailure, Binding, Checked,
    CheckedBy, Claims, Credential, Denied, FromAuthorized, Granted, Hook, Identity, MaybeUser, NOT_SAVED,
    OpaqueToken, OrgToken, OrganizationData, Refusal, SessionData, SessionInfo, SessionValue, SignedIn,
    SignedOut, SocialIdentity, SsoIdentity, SubjectKind, TokenSource, Unbound, User, UserClaims, Webhook,
    WebhookRefusal, Welcome, guarded, public_routes,
};
pub use health::Health;
pub use logto::Logto;
pub use logto_macros::{public, require_auth, with_access_token, with_org_token};
pub use oidc::account::{
    AccountError, AccountGrant, AccountIdentifier, AccountProfile, AccountSession, AccountUpdate, BackupCode,
    BackupCodes, LinkedIdentity, MfaFactor, MfaFactorKind, PostalAddress, ProfileMembers, ProviderToken,
    RevokeGrants, SentCode, TotpSecret, Verification,
};
pub use page::{AcceptLanguage, OwnPage, Page, PageAction, PageKind, Pages};
#[cfg(feature = "reqwest")]
pub use reqwest;
pub use routes::SignIn;
pub use session::{SessionEnd, SessionEndReason};
pub use sign_in_parameters::{DirectSignIn, FirstScreen, SignInIdentifier};
#[cfg(feature = "reqwest")]
pub use token::{AuthorizedClient, CallError};
pub use token::{
    ExchangedToken, MachineToken, MachineTokenSource, MachineTokens, OnBehalfOf, SubjectToken, TokenExchange,
};
#[cfg(feature = "opentelemetry")]
pub use tracing_opentelemetry;
pub use types::{OrganizationId, ResourceIndicator, Scopes};
pub use webhook::WebhookEvent;

/// Session stores, for sessions that are not kept in cookies.
pub mod store {
    pub use crate::session::store::{
        Found, Holder, MemoryStore, Replaced, SessionStore, StoreError, StoreInspection, StoreKey,
        StoredSession,
    };

    #[cfg(feature = "redis")]
    pub use crate::session::store::RedisStore;
    #[cfg(feature = "conformance")]
    pub use crate::session::store::conformance;
}

#[doc = include_str!("../docs/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../docs/claims.md")]
pub mod claims {}

#[doc = include_str!("../docs/sign-in.md")]
pub mod sign_in {}

#[doc = include_str!("../docs/hooks.md")]
pub mod hooks {}

#[doc = include_str!("../docs/sessions.md")]
pub mod sessions {}

#[doc = include_str!("../docs/browsers.md")]
pub mod browsers {}

#[doc = include_str!("../docs/pages.md")]
pub mod pages {}

#[doc = include_str!("../docs/an-api-alone.md")]
pub mod an_api_alone {}

#[doc = include_str!("../docs/behind-a-proxy.md")]
pub mod behind_a_proxy {}

#[doc = include_str!("../docs/account.md")]
pub mod account {}

#[doc = include_str!("../docs/revocation.md")]
pub mod revocation {}

#[doc = include_str!("../docs/traces.md")]
pub mod traces {}

/// The items that the attributes expand to. They are not for direct use and may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::guard::{
        Answer, Authorized, BoxFuture, Check, CheckOutcome, CheckedBy, FromAuthorized, Granted, NamedGuard,
        OrganizationSource, Public, Requirement, Rule, Subject, TokenKind, Via, answer, answer_with, decided,
        named_guard, refuses_to_launch,
    };
    pub use rocket;

    #[cfg(feature = "okapi")]
    pub use crate::guard::openapi;
    pub use crate::{__openapi_guard as openapi_guard, __openapi_order as openapi_order};
}

/// Without the feature `okapi` nothing is described. The attributes then generate none of these calls, unless another
/// copy of this crate in the same build has the feature: Cargo builds one `logto-macros` for both.
#[cfg(not(feature = "okapi"))]
mod undescribed {
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __openapi_guard {
        ($guard:ident) => {};
    }

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __openapi_order {
        ($operation:ident, $module:ident) => {};
    }
}

/// Compiles the code in the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
