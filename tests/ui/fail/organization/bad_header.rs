//! The name of a header is a token of RFC 9110.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(organization = "header:")]
#[get("/one")]
fn one() {}

#[require_auth(organization = "header: X-Org")]
#[get("/two")]
fn two() {}

#[require_auth(organization = "header:X-Org:")]
#[get("/three")]
fn three() {}

fn main() {}
