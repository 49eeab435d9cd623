//! A route with dynamic parts says which organization it is about, or has one with a usual name.

use logto_rocket::{OrgToken, with_org_token};
use rocket::get;
use std::path::PathBuf;

#[with_org_token]
#[get("/current")]
fn without_dynamic_parts(token: OrgToken) {
    drop(token);
}

#[with_org_token]
#[get("/orgs/<org_id>/members/<id>?<page>")]
fn usual_name(org_id: &str, id: u64, page: Option<u8>, token: OrgToken) {
    drop((org_id, id, page, token));
}

#[with_org_token]
#[get("/members/<_>?<organization_id>")]
fn usual_name_in_the_query(organization_id: &str, token: OrgToken) {
    drop((organization_id, token));
}

#[with_org_token(organization = "<org>")]
#[get("/orgs/<org>/files/<path..>")]
fn named(org: &str, path: PathBuf, token: OrgToken) {
    drop((org, path, token));
}

#[with_org_token(organization = "session")]
#[get("/members/<id>")]
fn of_the_session(id: u64, token: OrgToken) {
    drop((id, token));
}

#[with_org_token(organization = "header:X-Org")]
#[get("/reports?<year>")]
fn by_header(year: u16, token: OrgToken) {
    drop((year, token));
}

#[test]
fn field_42_m01_is_accepted() {
    let _ = rocket::routes![
        without_dynamic_parts,
        usual_name,
        usual_name_in_the_query,
        named,
        of_the_session,
        by_header
    ];
}
