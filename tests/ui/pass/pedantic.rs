//! A crate that refuses everything it can refuse without more than the compiler. What `clippy::pedantic`
//! refuses is refused when this file is linted; the compiler knows the name and passes it over.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    nonstandard_style,
    unused,
    let_underscore,
    missing_debug_implementations,
    missing_copy_implementations,
    non_local_definitions,
    single_use_lifetimes,
    unused_qualifications,
    unused_results,
    unused_lifetimes
)]

use logto_rocket::{
    AccessToken, Identity, OrgToken, public, require_auth, with_access_token, with_org_token,
};
use rocket::{Request, delete, get, routes};

/// All of the scopes.
pub const ALL: &[&str] = &["read:orders", "write:orders"];
/// One of the roles.
pub const EDITOR: &str = "editor";

/// Whether the caller may.
#[must_use]
pub fn is_owner(who: &Identity, request: &Request<'_>) -> bool {
    who.subject().len() < request.uri().path().as_str().len()
}

/// Whether the caller may, after a while.
pub async fn is_friend(who: &Identity, _: &Request<'_>) -> bool {
    std::future::ready(who.subject().is_empty()).await
}

/// A route with every key.
#[require_auth(
    scopes = ALL,
    any_scope = ["a", "b"],
    roles = EDITOR,
    any_role = "owner admin",
    organization = "<org_id>",
    resource = "https://api.example.com",
    via = "session",
    subject = "user",
    max_age = "5m",
    check = is_owner,
    otherwise = "forward"
)]
#[get("/orders/<org_id>")]
#[must_use]
pub fn list_orders(org_id: &str) -> String {
    org_id.to_owned()
}

/// An open one.
#[public]
#[get("/health")]
#[must_use]
pub const fn health() -> &'static str {
    "ok"
}

/// A guard with every key.
#[with_org_token(organization = "session", scopes = ALL, roles = EDITOR, max_age = "1d", check = is_friend)]
#[derive(Debug)]
pub struct Member {
    /// The token.
    pub token: OrgToken,
}

/// A guard of nobody in particular.
#[require_auth(check = Self::may)]
#[derive(Debug, Clone, Copy)]
pub struct Known;

impl Known {
    fn may(who: &Identity, _: &Request<'_>) -> bool {
        !who.subject().is_empty()
    }
}

mod inner {
    use super::{AccessToken, Known, Member, delete, with_access_token};

    #[with_access_token(check = super::is_friend)]
    #[delete("/orders/<id>")]
    pub(super) async fn delete_order(_known: Known, id: u64, member: Member, token: AccessToken) -> String {
        std::future::ready(()).await;
        format!("{id}{}{}", member.token.secret().len(), token.secret().len())
    }
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![list_orders, health, inner::delete_order].len(), 3);
}
