//! What no sign-in, or every sign-in, is fresh enough for.

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::get;

#[require_auth(max_age = "0")]
#[get("/one")]
fn one() {}

#[with_access_token(max_age = "00m")]
#[get("/two")]
fn two(token: AccessToken) {
    drop(token);
}

#[require_auth(max_age = "18446744073709551615d")]
#[get("/three")]
fn three() {}

#[require_auth(max_age = "99999999999999999999")]
struct Four;

fn main() {}
