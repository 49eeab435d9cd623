//! A value without a key.

use logto_rocket::{OrgToken, require_auth, with_org_token};
use rocket::get;

#[require_auth("read:orders")]
#[get("/one")]
fn one() {}

#[with_org_token("<org_id>")]
#[get("/two/<org_id>")]
fn two(org_id: &str, token: OrgToken) {
    drop((org_id, token));
}

#[require_auth(7)]
#[get("/three")]
fn three() {}

#[require_auth(= "read:orders")]
#[get("/four")]
fn four() {}

fn main() {}
