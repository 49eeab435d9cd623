//! A guard that takes no bearer tokens has nobody to ask for their application.

use logto_rocket::{AccessToken, public, require_auth, with_access_token};
use rocket::get;

#[require_auth(clients = "partner", via = "session")]
#[get("/one")]
fn one() {}

#[require_auth(clients = "partner", roles = "editor")]
#[get("/two")]
fn two() {}

#[with_access_token(clients = "partner")]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

#[public(clients = "partner")]
#[get("/four")]
fn four() {}

#[require_auth(client = "partner")]
#[get("/five")]
fn five() {}

fn main() {}
