//! A constant without brackets is compared by its name, as others are.

use logto_rocket::require_auth;
use rocket::get;

const READ: &str = "read:orders";
const ALL: &[&str] = &["read:orders", "write:orders"];

#[require_auth(scopes = READ, any_scope = READ)]
#[get("/one")]
fn one() {}

#[require_auth(scopes = [READ, "x"], any_scope = READ)]
#[get("/two")]
fn two() {}

#[require_auth(scopes = [..ALL])]
#[get("/three")]
fn three() {}

#[require_auth(scopes = [READ, ..ALL])]
#[get("/four")]
fn four() {}

fn main() {}
