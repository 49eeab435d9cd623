//! A bearer has no session that could have a current organization.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(organization = "session", via = "bearer")]
#[get("/orders")]
fn orders() {}

fn main() {}
