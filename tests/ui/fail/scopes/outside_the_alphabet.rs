//! RFC 6749, section 3.3, says what a scope is made of.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes = "read:ördérs")]
#[get("/one")]
fn one() {}

#[require_auth(scopes = "read:orders\tread:carts")]
#[get("/two")]
fn two() {}

#[require_auth(any_scope = ["read\\orders", "read\"orders"])]
#[get("/three")]
fn three() {}

fn main() {}
