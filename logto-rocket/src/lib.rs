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
//! | who is there | [`User`], [`MaybeUser`], [`Identity`] |
//! | calling an API on a person's behalf | [`with_access_token`], [`AccessToken`] |
//! | organizations | [`with_org_token`], [`OrgToken`] |
//! | settings and routes | [`Logto::fairing`] |
//! | own error pages | [`AuthFailure::of`] |
//!
//! # Three permission models
//!
//! Logto has three kinds of access tokens, and they are never mixed up here:
//!
//! | model | `aud` | `organization_id` | asked for by |
//! |---|---|---|---|
//! | API resource | the resource | none | `scopes`, `resource` |
//! | organization | `urn:logto:organization:<id>` | none | `with_org_token`; `organization` without scopes; `resource = "urn:logto:resource:organizations"` |
//! | organization-level API resource | the resource | the organization | `organization` together with `scopes` or `resource` |
//!
//! A *plain* API token may carry scopes that a person has only through a role in some organization: Logto
//! issues it so, and a plain guard takes the token's word. **A route that must keep tenants apart names
//! `organization`.**

#![forbid(unsafe_code)]

mod bearer;
mod clock;
mod config;
mod error;
mod fairing;
mod guard;
mod logto;
mod names;
mod oidc;
mod page;
mod routes;
mod session;
mod sign_in;
mod syntax;
mod token;
mod types;

pub use clock::Clock;
pub use error::{ConfigError, Endpoint, Error, InvalidToken, Refused, Unavailable, UnavailableCause};
pub use fairing::LogtoFairing;
pub use guard::access::{Access, AccessReport, RouteAccess};
pub use guard::{
    AccessToken, AuthFailure, Binding, Credential, FromAuthorized, Granted, Identity, MaybeUser, OrgToken,
    Refusal, SubjectKind, Unbound, User, UserClaims,
};
pub use logto::Logto;
pub use logto_macros::{public, require_auth, with_access_token, with_org_token};
pub use types::{OrganizationId, ResourceIndicator, Scopes};

/// Where sessions live that do not live in cookies.
pub mod store {
    pub use crate::session::store::{
        Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession,
    };
}

#[doc = include_str!("../docs/attributes.md")]
pub mod attributes {}

/// What the attributes expand to. Not for use by hand; may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::guard::{
        Answer, Authorized, BoxFuture, Check, FromAuthorized, Granted, NamedGuard, OrganizationSource,
        Public, Requirement, Rule, Subject, TokenKind, Via, answer, named_guard, refuses_to_launch,
    };
    pub use rocket;

    #[cfg(feature = "okapi")]
    pub use crate::guard::openapi;
    pub use crate::{__openapi_guard as openapi_guard, __openapi_order as openapi_order};
}

/// Without the feature `okapi` nothing is described. The attributes then write none of this, unless another copy of
/// this crate in the same build has the feature: Cargo builds one `logto-macros` for both.
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

/// The code in the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
