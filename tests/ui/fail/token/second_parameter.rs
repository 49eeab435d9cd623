//! One attribute hands out one token.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[with_access_token]
#[get("/one")]
fn one(token: AccessToken, another: logto_rocket::AccessToken) {
    drop((token, another));
}

#[with_access_token(param = token)]
#[get("/two")]
fn two(another: AccessToken, token: AccessToken) {
    drop((token, another));
}

fn main() {}
