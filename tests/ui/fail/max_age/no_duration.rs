//! A duration is a whole number with a unit, or a number of seconds.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(max_age = "soon")]
#[get("/one")]
fn one() {}

#[require_auth(max_age = "5 m")]
#[get("/two")]
fn two() {}

#[require_auth(max_age = "5min")]
#[get("/three")]
fn three() {}

#[require_auth(max_age = "5M")]
#[get("/four")]
fn four() {}

#[require_auth(max_age = "1h30m")]
#[get("/five")]
fn five() {}

#[require_auth(max_age = "1.5h")]
#[get("/six")]
fn six() {}

#[require_auth(max_age = "-5m")]
#[get("/seven")]
fn seven() {}

#[require_auth(max_age = "2w")]
#[get("/eight")]
fn eight() {}

#[require_auth(max_age = "m")]
#[get("/nine")]
fn nine() {}

#[require_auth(max_age = "")]
#[get("/ten")]
fn ten() {}

fn main() {}
