//! Roles are separated by spaces. In a list, a role's own name may have spaces and commas.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(roles = "editor, admin")]
#[get("/one")]
fn one() {}

#[require_auth(any_role = "editor,admin")]
#[get("/two")]
fn two() {}

#[require_auth(roles = ",")]
#[get("/three")]
fn three() {}

fn main() {}
