//! `param` names a parameter of the handler.

use logto_rocket::{AccessToken, Identity, with_access_token, with_org_token};
use rocket::get;

#[with_access_token(param = upsteam)]
#[get("/one/<id>")]
fn one(id: u8, upstream: Identity) {
    drop((id, upstream));
}

#[with_org_token(param = "token")]
#[get("/two")]
fn two() {}

#[with_access_token(param = "not a name")]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

fn main() {}
