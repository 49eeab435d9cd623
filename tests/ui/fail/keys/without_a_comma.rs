//! A comma stands between keys.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes = "read:orders" via = "session")]
#[get("/orders")]
fn orders() {}

fn main() {}
