//! A constant is a name or a list of names, and exists: the compiler points at it.

use logto_rocket::require_auth;
use rocket::get;

const COUNT: u8 = 7;
const ROLES: &[&str] = &["editor", "admin"];

#[require_auth(roles = COUNT)]
#[get("/one")]
fn one() {}

#[require_auth(any_role = ["owner", ROLES])]
#[get("/two")]
fn two() {}

#[require_auth(roles = NOWHERE)]
#[get("/three")]
fn three() {}

fn main() {}
