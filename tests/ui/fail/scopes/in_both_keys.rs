//! A scope that is demanded anyway decides nothing among alternatives.

use logto_rocket::require_auth;
use rocket::get;

const READ: &str = "read:orders";

#[require_auth(scopes = "read:orders write:orders", any_scope = "read:orders admin")]
#[get("/one")]
fn one() {}

#[require_auth(scopes = [READ], any_scope = ["admin", READ])]
#[get("/two")]
fn two() {}

fn main() {}
