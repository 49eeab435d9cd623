//! A route for each key, and for each way in which it matters.

use std::time::Duration;

use logto_dev::recorded::SHOPPING_API;
use logto_rocket::{
    AccessToken, Identity, OrgToken, User, public, require_auth, with_access_token, with_org_token,
};
use logto_tests::CheckCalls;
use rocket::{Request, Route, get, post, routes};

pub(crate) const READ: &str = "read:orders";
const BOTH: &[&str] = &["read:orders", "write:orders"];
const STAFF: [&str; 2] = ["owner", "shop-user"];

// roles, any_role

#[require_auth(roles = "shop-user")]
#[get("/roles")]
fn roles() -> &'static str {
    "a customer"
}

#[require_auth(roles = ["shop-user", "shop admin"])]
#[get("/roles/both")]
fn roles_both() -> &'static str {
    "a customer and an admin"
}

#[require_auth(any_role = STAFF)]
#[get("/roles/any")]
fn roles_any() -> &'static str {
    "one of them"
}

#[require_auth(roles = "admin")]
#[get("/roles/admin")]
fn roles_admin() -> &'static str {
    "an admin of everything"
}

#[require_auth(roles = "admin", organization = "<org_id>")]
#[get("/orgs/<org_id>/roles")]
fn organization_roles(org_id: &str) -> String {
    format!("an admin of {org_id}")
}

#[with_org_token(any_role = "member owner")]
#[get("/orgs/<org_id>/members")]
fn members(org_id: &str, token: OrgToken) -> String {
    assert_eq!(token.organization().as_str(), org_id);
    format!("a member of {org_id}")
}

#[require_auth(roles = "shop-user", organization = "<org_id>")]
#[get("/orgs/<org_id>/customers")]
fn customers(org_id: &str) -> String {
    format!("a customer in {org_id}")
}

// scopes, any_scope, as constants

#[require_auth(scopes = BOTH)]
#[get("/scopes/all")]
fn scopes_all() -> &'static str {
    "both"
}

#[require_auth(any_scope = READ, resource = SHOPPING_API)]
#[get("/scopes/one")]
fn scopes_one() -> &'static str {
    "one"
}

// max_age

#[require_auth(max_age = "5m")]
#[get("/fresh")]
fn fresh(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth(max_age = "5m", via = "bearer")]
#[get("/fresh/bearer")]
fn fresh_bearer(who: Identity) -> String {
    who.subject().to_owned()
}

#[with_access_token(max_age = "300", resource = SHOPPING_API)]
#[get("/fresh/token")]
fn fresh_token(token: AccessToken) -> String {
    token.resource().map_or_else(String::new, ToString::to_string)
}

// check

fn is_oneself(who: &Identity, request: &Request<'_>) -> bool {
    request.param::<&str>(1).is_some_and(|id| id == Ok(who.subject()))
}

async fn is_oneself_later(who: &Identity, request: &Request<'_>) -> bool {
    rocket::tokio::time::sleep(Duration::from_millis(1)).await;
    is_oneself(who, request)
}

#[require_auth(check = is_oneself)]
#[get("/people/<id>")]
fn person(id: &str) -> &str {
    id
}

#[require_auth(check = is_oneself_later, subject = "any")]
#[get("/anybody/<id>")]
fn anybody(id: &str) -> &str {
    id
}

#[require_auth(scopes = "write:orders", roles = "shop-user", check = Self::is_asked)]
struct Asked(Identity);

impl Asked {
    fn is_asked(_: &Identity, request: &Request<'_>) -> bool {
        CheckCalls::add(request);
        true
    }
}

#[get("/asked")]
fn asked(guard: Asked) -> String {
    guard.0.subject().to_owned()
}

#[get("/asked/perhaps")]
fn perhaps_asked(guard: Option<Asked>) -> &'static str {
    if guard.is_some() { "in" } else { "out" }
}

// otherwise

#[require_auth(scopes = READ, otherwise = "forward")]
#[get("/start")]
fn start() -> &'static str {
    "your orders"
}

#[public]
#[get("/start", rank = 2)]
fn start_of_others() -> &'static str {
    "welcome"
}

#[require_auth(otherwise = "forward")]
struct Known;

#[get("/home")]
fn home(_known: Known) -> &'static str {
    "home"
}

#[get("/home", rank = 2)]
fn home_of_others() -> &'static str {
    "not yours"
}

#[require_auth(otherwise = "forward")]
#[get("/nowhere")]
fn nowhere() -> &'static str {
    "somewhere"
}

// public, via, subject, param, organization

#[public]
#[get("/health")]
fn health() -> &'static str {
    "ok"
}

#[require_auth(via = "session")]
#[get("/via/session")]
fn via_session() -> &'static str {
    "session"
}

#[require_auth(via = "bearer")]
#[post("/via/bearer")]
fn via_bearer() -> &'static str {
    "bearer"
}

#[require_auth(subject = "machine", scopes = "delete:orders")]
#[get("/machine")]
fn machine() -> &'static str {
    "machine"
}

#[require_auth(organization = "header:X-Org")]
#[get("/header")]
fn header(who: Identity) -> String {
    who.organization().map_or_else(String::new, ToString::to_string)
}

#[require_auth(organization = "<org>", scopes = "delete:orders")]
#[get("/query?<org>")]
fn query(org: &str) -> &str {
    org
}

type Upstream = AccessToken;

#[with_access_token(param = upstream, scopes = READ)]
#[get("/upstream")]
fn call(upstream: Upstream) -> String {
    upstream.resource().map_or_else(String::new, ToString::to_string)
}

/// All of them.
pub(crate) fn all() -> Vec<Route> {
    routes![
        roles,
        roles_both,
        roles_any,
        roles_admin,
        organization_roles,
        members,
        customers,
        scopes_all,
        scopes_one,
        fresh,
        fresh_bearer,
        fresh_token,
        person,
        anybody,
        asked,
        perhaps_asked,
        start,
        start_of_others,
        home,
        home_of_others,
        nowhere,
        health,
        via_session,
        via_bearer,
        machine,
        header,
        query,
        call
    ]
}
