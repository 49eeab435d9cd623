//! A handler that was called has a token: there is nothing to be optional.

use logto_rocket::{AccessToken, OrgToken, with_access_token, with_org_token};
use rocket::get;

#[with_access_token]
#[get("/one")]
fn one(token: Option<AccessToken>) {
    drop(token);
}

#[with_org_token]
#[get("/two")]
fn two(token: Result<OrgToken, ()>) {
    drop(token);
}

fn main() {}
