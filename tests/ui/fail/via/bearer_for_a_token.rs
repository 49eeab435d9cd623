//! A token cannot be fetched with a bearer token.

use logto_rocket::{AccessToken, OrgToken, with_access_token, with_org_token};
use rocket::get;

#[with_access_token(via = "bearer")]
#[get("/one")]
fn one(token: AccessToken) {
    drop(token);
}

#[with_org_token(via = "bearer")]
#[get("/two")]
fn two(token: OrgToken) {
    drop(token);
}

#[with_access_token(via = "bearer")]
struct Upstream(AccessToken);

fn main() {}
