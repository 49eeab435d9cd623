//! A key stands once.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes = "read:orders", via = "session", scopes = "write:orders")]
#[get("/orders")]
fn orders() {}

fn main() {}
