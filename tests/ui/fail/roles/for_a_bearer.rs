//! No access token tells the roles of its subject.

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::get;

#[require_auth(roles = "editor", via = "bearer")]
#[get("/one")]
fn one() {}

#[require_auth(via = "bearer", any_role = "editor admin")]
#[get("/two")]
fn two() {}

#[with_access_token(via = "bearer", roles = "editor")]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

fn main() {}
