//! Between Rocket's attribute and the function, each of ours is too late.

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::{get, post};

#[get("/one")]
#[inline]
#[require_auth]
fn one() {}

#[require_auth]
#[post("/two", data = "<body>")]
#[with_access_token]
fn two(token: AccessToken, body: String) {
    drop((token, body));
}

fn main() {}
