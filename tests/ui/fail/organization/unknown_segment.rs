//! The route must have the segment; the answer lists those it has.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(organization = "<org>")]
#[get("/orgs/<org_id>/orders/<id>?<page>&<rest..>")]
fn one(org_id: &str, id: u64, page: u8, rest: Vec<u8>) {
    drop((org_id, id, page, rest));
}

#[require_auth(organization = "<organisation_id>")]
#[get("/orgs/<organization_id>")]
fn two(organization_id: &str) -> &str {
    organization_id
}

#[require_auth(organization = "<org_id>")]
#[rocket::route(GET, uri = "/orgs")]
fn three() {}

fn main() {}
