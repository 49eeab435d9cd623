//! Without its attribute, an access token has no rule.

use logto_rocket::AccessToken;
use rocket::get;

#[get("/upstream")]
fn upstream(token: AccessToken) {
    drop(token);
}

fn main() {}
