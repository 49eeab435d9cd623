//! An attribute sees the names of types, not what they stand for.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

type Upstream = AccessToken;

#[with_access_token]
#[get("/upstream")]
fn upstream(token: Upstream) {
    drop(token);
}

fn main() {}
