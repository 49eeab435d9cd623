//! What the attributes expand to and what handlers name, and the one decision between them.

pub(crate) mod access;
mod authorize;
mod authorized;
mod browser;
pub(crate) mod challenge;
mod check;
mod failure;
mod identity;
pub(crate) mod launch;
#[cfg(feature = "okapi")]
pub mod openapi;
mod organization;
mod public;
mod request_state;
mod rule;
mod tokens;
mod user;
mod view;

pub use authorized::{Authorized, BoxFuture, FromAuthorized, Granted, NamedGuard, named_guard};
pub(crate) use browser::{
    MAX_RETURN_TO, is_cross_site, is_from_here, is_navigation, is_prefetch, prefers_html,
};
pub use check::{Answer, answer};
pub use failure::{AuthFailure, Refusal};
pub use identity::{Credential, Identity, SubjectKind};
pub use launch::refuses_to_launch;
pub use public::Public;
pub(crate) use request_state::{Outcome, PendingCookie, RequestState, SessionSlot};
pub use rule::{Check, OrganizationSource, Requirement, Rule, Subject, TokenKind, Via};
pub use tokens::{AccessToken, Binding, OrgToken, Unbound};
pub use user::{MaybeUser, User, UserClaims};
pub(crate) use view::RequestView;
