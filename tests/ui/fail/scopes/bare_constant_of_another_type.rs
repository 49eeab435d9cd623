//! Without brackets, a constant is a scope or a list of scopes.

use logto_rocket::require_auth;
use rocket::get;

const COUNT: u8 = 7;

#[require_auth(scopes = COUNT)]
#[get("/one")]
fn one() {}

#[require_auth(any_scope = function)]
#[get("/two")]
fn two() {}

fn function() {}

fn main() {}
