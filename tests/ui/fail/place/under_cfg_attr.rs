//! A condition changes nothing: an attribute that is there is held to the same rules.

use logto_rocket::{public, require_auth};
use rocket::get;

#[cfg_attr(all(), require_auth(scope = "read:orders"))]
#[cfg_attr(all(), get("/one"))]
fn one() {}

#[cfg_attr(all(), require_auth)]
#[cfg_attr(any(), get("/two"))]
fn two() {}

#[cfg_attr(all(), get("/three"))]
#[cfg_attr(all(), require_auth)]
fn three() {}

#[cfg_attr(all(), public)]
#[cfg_attr(all(), require_auth)]
#[get("/four")]
fn four() {}

fn main() {}
