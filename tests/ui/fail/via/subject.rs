//! Who may come is one of three, and must be able to come.

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::get;

#[require_auth(subject = "robot")]
#[get("/one")]
fn one() {}

#[require_auth(subject = "machines")]
#[get("/two")]
fn two() {}

#[require_auth(subject = "machine", via = "session")]
#[get("/three")]
fn three() {}

#[with_access_token(subject = "any")]
#[get("/four")]
fn four(token: AccessToken) {
    drop(token);
}

fn main() {}
