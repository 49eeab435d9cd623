//! A key that other attributes have.

use logto_rocket::{OrgToken, require_auth, with_org_token};
use rocket::get;

#[require_auth(param = token)]
#[get("/orders")]
fn orders() {}

#[with_org_token(subject = "any")]
#[get("/members")]
fn members(token: OrgToken) {
    drop(token);
}

fn main() {}
