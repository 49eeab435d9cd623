//! A key that other attributes have.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(param = token)]
#[get("/orders")]
fn orders() {}

fn main() {}
