//! What a token is bound to is the attribute's to say.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[with_access_token]
#[get("/upstream")]
fn upstream(token: AccessToken<u8>) {
    drop(token);
}

fn main() {}
