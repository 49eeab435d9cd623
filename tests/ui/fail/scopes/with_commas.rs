//! Scopes are separated by spaces, and each is a literal of its own in a list.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes = "read:orders, write:orders")]
#[get("/one")]
fn one() {}

#[require_auth(any_scope = "read:orders,write:orders")]
#[get("/two")]
fn two() {}

#[require_auth(scopes = ["read:orders write:orders"])]
#[get("/three")]
fn three() {}

#[require_auth(scopes = ["read:orders", ""])]
#[get("/four")]
fn four() {}

fn main() {}
