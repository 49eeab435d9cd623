//! A path that leads nowhere is shown where it is written.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(crate = autth)]
#[get("/one")]
fn one() {}

fn main() {}
