//! An empty value says nothing, and must not read as "nothing is asked".

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[with_access_token(scopes = "", any_scope = [], resource = " ", organization = "", via = "", param = "")]
#[get("/upstream")]
fn upstream(token: AccessToken) {
    drop(token);
}

fn main() {}
