//! Sign-in, sessions, scopes and tokens for [Rocket](https://rocket.rs) applications, with
//! [Logto](https://logto.io).
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
pub use guard::{
    AccessToken, AuthFailure, Binding, Credential, FromAuthorized, Identity, MaybeUser, OrgToken, Refusal,
    SubjectKind, Unbound, User, UserClaims,
};
pub use logto::Logto;
pub use logto_macros::{require_auth, with_access_token, with_org_token};
pub use types::{OrganizationId, ResourceIndicator, Scopes};

/// What the attributes expand to. Not for use by hand; may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::guard::{
        Authorized, BoxFuture, FromAuthorized, Granted, NamedGuard, OrganizationSource, Requirement, Rule,
        Subject, TokenKind, Via, named_guard, refuses_to_launch,
    };
    pub use rocket;
}
