//! An attribute stands once, wherever the second one is.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes = "read:orders")]
#[require_auth(scopes = "write:orders")]
#[get("/orders")]
fn orders() {}

#[logto_rocket::require_auth]
#[get("/carts")]
#[logto_rocket::require_auth]
fn carts() {}

fn main() {}
