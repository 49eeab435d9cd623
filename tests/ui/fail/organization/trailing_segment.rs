//! An id is one segment.

use logto_rocket::{OrgToken, require_auth, with_org_token};
use std::path::PathBuf;
use rocket::get;

#[require_auth(organization = "<org_id>")]
#[get("/orgs/<org_id..>")]
fn one(org_id: PathBuf) {
    drop(org_id);
}

#[require_auth(organization = "<org_id..>")]
#[get("/orgs/<org_id>")]
fn two(org_id: &str) -> &str {
    org_id
}

#[with_org_token]
#[get("/orgs/<org_id..>")]
fn three(org_id: PathBuf, token: OrgToken) {
    drop((org_id, token));
}

fn main() {}
