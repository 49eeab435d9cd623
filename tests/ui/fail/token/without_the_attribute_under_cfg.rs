//! The condition that takes the attribute away takes the token with it: nothing is left open.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[cfg_attr(any(), with_access_token)]
#[get("/one")]
fn one(token: AccessToken) {
    drop(token);
}

#[with_access_token]
struct Used(AccessToken);

fn main() {}
