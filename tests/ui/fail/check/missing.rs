//! The function exists, and the path leads to a function.

use logto_rocket::require_auth;
use rocket::get;

const IS_OWNER: bool = true;

#[require_auth(check = is_owner)]
#[get("/one")]
fn one() {}

#[require_auth(check = IS_OWNER)]
#[get("/two")]
fn two() {}

#[require_auth(check = shop::is_owner)]
struct Three;

#[require_auth(check = Self::is_owner)]
struct Four;

fn main() {}
