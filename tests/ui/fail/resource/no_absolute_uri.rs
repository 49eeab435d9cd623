//! A resource is an absolute URI (RFC 8707).

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(resource = "orders")]
#[get("/one")]
fn one() {}

#[require_auth(resource = "/api")]
#[get("/two")]
fn two() {}

#[require_auth(resource = "https:")]
#[get("/three")]
fn three() {}

#[require_auth(resource = "https://api.example.com/my orders")]
#[get("/four")]
fn four() {}

fn main() {}
