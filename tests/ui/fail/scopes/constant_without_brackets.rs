//! Constants stand in brackets.

use logto_rocket::require_auth;
use rocket::get;

const READ: &str = "read:orders";

#[require_auth(scopes = READ)]
#[get("/orders")]
fn orders() {}

fn main() {}
