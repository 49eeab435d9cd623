//! Below the route attribute, the guards of a handler are settled.

use logto_rocket::require_auth;
use rocket::get;

#[get("/orders")]
#[require_auth(scopes = "read:orders")]
fn orders() {}

fn main() {}
