//! A route is guarded or public: nobody shall have to guess which of the two was meant.

use logto_rocket::{AccessToken, OrgToken, public, require_auth, with_access_token, with_org_token};
use rocket::get;

#[public]
#[require_auth(scopes = "read:orders")]
#[get("/one")]
fn one() {}

#[require_auth]
#[public]
#[get("/two")]
fn two() {}

#[logto_rocket::public]
#[with_access_token]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

#[with_org_token(organization = "session")]
#[get("/four")]
#[logto_rocket::public]
fn four(token: OrgToken) {
    drop(token);
}

fn main() {}
