//! A scope is named once.

use logto_rocket::require_auth;
use rocket::get;

const READ: &str = "read:orders";

#[require_auth(scopes = "read:orders write:orders read:orders")]
#[get("/one")]
fn one() {}

#[require_auth(any_scope = [READ, "write:orders", READ])]
#[get("/two")]
fn two() {}

fn main() {}
