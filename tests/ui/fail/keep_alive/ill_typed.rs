//! `keep_alive` is `true` or `false`, and stands once.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(keep_alive = "false")]
#[get("/one")]
fn one() {}

#[require_auth(keep_alive = 0)]
#[get("/two")]
fn two() {}

#[require_auth(keep_alive = NEVER)]
#[get("/three")]
fn three() {}

#[require_auth(keep_alive = false, keep_alive = false)]
#[get("/four")]
fn four() {}

#[require_auth(keep_alive)]
#[get("/five")]
fn five() {}

#[require_auth(keepalive = false)]
#[get("/six")]
fn six() {}

fn main() {}
