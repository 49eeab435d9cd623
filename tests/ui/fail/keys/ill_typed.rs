//! Each key has its kind of value.

use logto_rocket::{AccessToken, with_access_token};
use rocket::get;

#[with_access_token(scopes = 1, any_scope = true, resource = ["https://api.example.com"])]
#[get("/one")]
fn one(token: AccessToken) {
    drop(token);
}

#[with_access_token(organization = org_id, via = b"session", param = 2.5)]
#[get("/two/<org_id>")]
fn two(org_id: &str, token: AccessToken) {
    drop((org_id, token));
}

#[with_access_token(scopes = ["read:orders", 7], resource = concat!("https://", "api.example.com"))]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

fn main() {}
