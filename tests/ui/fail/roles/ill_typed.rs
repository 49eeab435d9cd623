//! Roles are strings, lists, or constants of either.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(roles = 1, any_role = Some("editor"))]
#[get("/one")]
fn one() {}

#[require_auth(roles = ["editor", ["admin"]], any_role = ["owner", 'x'])]
#[get("/two")]
fn two() {}

#[require_auth(roles = &["editor"], any_role)]
#[get("/three")]
fn three() {}

fn main() {}
