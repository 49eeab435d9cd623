//! Generated code gives the lints of a strict crate nothing to say.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused,
    nonstandard_style,
    rust_2018_idioms,
    missing_debug_implementations,
    single_use_lifetimes,
    trivial_casts,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    elided_lifetimes_in_paths,
    let_underscore_drop
)]

use logto_rocket::{AccessToken, OrgToken, User, require_auth, with_access_token, with_org_token};
use rocket::{delete, get, routes};

/// A route that everybody sees.
#[require_auth(scopes = "read:orders", organization = "<org_id>")]
#[get("/orders/<org_id>")]
pub fn list_orders(org_id: &str, user: User) -> String {
    drop(user);
    org_id.to_owned()
}

/// A guard that everybody sees.
#[require_auth(scopes = "delete:orders")]
#[derive(Debug)]
pub struct OrderAdmin {}

mod inner {
    use super::*;

    #[with_access_token]
    #[with_org_token(organization = "session")]
    #[delete("/orders/<id>")]
    pub(crate) async fn delete_order(
        _admin: OrderAdmin,
        id: u64,
        token: AccessToken,
        _organization: OrgToken,
    ) -> String {
        drop(token);
        id.to_string()
    }
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![list_orders, inner::delete_order].len(), 2);
}
