//! A struct has fields, and their types tell.

use logto_rocket::{AccessToken, with_access_token};

#[with_access_token(param = token)]
struct Upstream {
    token: AccessToken,
}

fn main() {}
