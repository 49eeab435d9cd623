//! An organization comes from a segment, a header or the session.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(organization = "org_id")]
#[get("/one/<org_id>")]
fn one(org_id: &str) -> &str {
    org_id
}

#[require_auth(organization = "<org_id")]
#[get("/two/<org_id>")]
fn two(org_id: &str) -> &str {
    org_id
}

#[require_auth(organization = "Session")]
#[get("/three")]
fn three() {}

#[require_auth(organization = "https://example.com")]
#[get("/four")]
fn four() {}

#[require_auth(organization = "<>")]
#[get("/five")]
fn five() {}

fn main() {}
