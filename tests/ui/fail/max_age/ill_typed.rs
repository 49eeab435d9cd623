//! A duration is a string literal, and stands once.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(max_age = 300)]
#[get("/one")]
fn one() {}

#[require_auth(max_age = 5m)]
#[get("/two")]
fn two() {}

#[require_auth(max_age = ["5m"])]
#[get("/three")]
fn three() {}

#[require_auth(max_age = FIVE_MINUTES)]
#[get("/four")]
fn four() {}

#[require_auth(max_age = Duration::from_secs(300))]
#[get("/five")]
fn five() {}

#[require_auth(max_age = "5m", max_age = "1h")]
#[get("/six")]
fn six() {}

#[require_auth(max_age)]
#[get("/seven")]
fn seven() {}

fn main() {}
