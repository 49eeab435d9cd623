//! The parameter has a plain name; Rocket wants one too, and needs not say so.

use logto_rocket::{AccessToken, OrgToken, with_access_token, with_org_token};
use rocket::get;

#[with_access_token]
#[get("/one")]
fn one(_: AccessToken) {}

#[with_org_token]
#[get("/two")]
fn two(ref token: OrgToken) {
    let _: &OrgToken = token;
}

#[with_org_token]
#[get("/three")]
fn three(token @ _: OrgToken) {
    drop(token);
}

fn main() {}
