//! The runtime crate, where it has another name, is named by a path that leads there.

use logto_rocket::{public, require_auth};
use rocket::get;

#[require_auth(crate = "auth")]
#[get("/one")]
fn one() {}

#[require_auth(crate = 7)]
#[get("/two")]
fn two() {}

#[public(crate)]
#[get("/three")]
fn three() {}

#[require_auth(create = auth)]
struct Four;

fn main() {}
