//! Likewise where a token is handed out: the token then has no rule, and says so.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[get("/upstream")]
#[with_access_token]
fn upstream(token: AccessToken) {
    drop(token);
}

fn main() {}
