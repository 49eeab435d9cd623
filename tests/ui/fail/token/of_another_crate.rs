//! A type that only has the name of ours.

use logto_rocket::with_access_token;
use rocket::get;

struct AccessToken;

#[with_access_token]
#[get("/upstream")]
fn upstream(token: AccessToken) {
    drop(token);
}

fn main() {}
