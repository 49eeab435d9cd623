//! A URI that is no literal cannot be read; Rocket does not read it either.

use logto_rocket::{OrgToken, require_auth, with_org_token};
use rocket::get;

#[require_auth(organization = "<org_id>")]
#[get(concat!("/orgs/", "<org_id>"))]
fn one(org_id: &str) -> &str {
    org_id
}

#[with_org_token]
#[get(uri!("/orgs"))]
fn two(token: OrgToken) {
    drop(token);
}

fn main() {}
