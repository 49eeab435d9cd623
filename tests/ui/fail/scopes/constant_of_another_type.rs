//! A constant is a `&str`, and exists: the compiler points at it.

use logto_rocket::require_auth;
use rocket::get;

const READ: u8 = 7;

#[require_auth(scopes = [READ])]
#[get("/one")]
fn one() {}

#[require_auth(scopes = [WRITE])]
#[get("/two")]
fn two() {}

fn main() {}
