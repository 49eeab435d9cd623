//! All mistakes are told in one build.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scope = "read:orders", via = "sesion", resource = "api", organization = "org_id")]
#[get("/orders")]
fn orders() {}

fn main() {}
