//! A key that does not exist is answered with the keys that do.

use logto_rocket::{AccessToken, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::get;

#[require_auth(scope = "read:orders")]
#[get("/one")]
fn one() {}

#[require_auth(audience = "https://api.example.com")]
#[get("/two")]
fn two() {}

#[require_auth(admin)]
#[get("/three")]
fn three() {}

#[with_access_token(resouce = "https://api.example.com")]
#[get("/four")]
fn four(token: AccessToken) {
    drop(token);
}

#[with_org_token(organisation = "session")]
#[get("/five")]
fn five(token: OrgToken) {
    drop(token);
}

fn main() {}
