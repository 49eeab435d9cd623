//! Doc comments, `cfg`, `cfg_attr`, `allow`, inner attributes, and what else stands on a handler.

#![allow(clippy::non_minimal_cfg, reason = "a condition is what the case is about")]

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::{get, routes};

/// Above.
#[require_auth]
/// Between.
#[get("/documented")]
/// Below.
fn documented() {}

#[cfg(all())]
#[require_auth]
#[get("/configured")]
fn configured() {}

#[cfg(any())]
#[require_auth(nonsense)]
#[get("/configured")]
fn configured(nonsense: Nonsense) {}

#[require_auth]
#[cfg_attr(all(), get("/conditional"))]
#[cfg_attr(any(), allow(nonsense))]
fn conditional() {}

#[cfg_attr(all(), with_access_token)]
#[cfg_attr(all(), get("/both_conditional"))]
fn both_conditional(token: AccessToken) {
    drop(token);
}

#[with_access_token]
#[get("/inner")]
fn inner(token: AccessToken) {
    #![allow(unused_variables)]
    #![allow(clippy::let_unit_value)]
    let unused = token;
}

#[require_auth]
#[must_use]
#[inline(never)]
#[get("/marked")]
fn marked() -> String {
    String::new()
}

fn in_a_function() -> Vec<rocket::Route> {
    #[require_auth(scopes = "local")]
    #[get("/local")]
    fn local() {}

    #[require_auth]
    struct Local;

    #[get("/named")]
    fn named(_local: Local) {}

    routes![local, named]
}

#[test]
fn field_42_m01_is_accepted() {
    let routes = routes![documented, configured, conditional, both_conditional, inner, marked];
    assert_eq!(routes.len() + in_a_function().len(), 8);
}
