//! Somebody must receive the token.

use logto_rocket::{AccessToken, OrgToken, with_access_token, with_org_token};
use rocket::get;

#[with_access_token]
#[get("/one")]
fn one() {}

#[with_org_token]
#[get("/two")]
fn two() {}

#[with_org_token]
#[with_access_token]
#[get("/three")]
fn three(token: OrgToken) {
    drop(token);
}

fn main() {}
