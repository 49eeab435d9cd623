//! There are two credentials.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(via = "sesion")]
#[get("/one")]
fn one() {}

#[require_auth(via = "both")]
#[get("/two")]
fn two() {}

fn main() {}
