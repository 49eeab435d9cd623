//! Where the route has dynamic parts and none with a usual name, nobody can tell which is the organization.

use logto_rocket::{OrgToken, with_org_token};
use rocket::{get, post};
use std::path::PathBuf;

#[with_org_token]
#[get("/orgs/<org>/members")]
fn one(org: &str, token: OrgToken) {
    drop((org, token));
}

#[with_org_token(scopes = "invite:member")]
#[post("/orgs/<org>/members/<id>?<page>", data = "<body>")]
fn two(org: &str, id: u64, page: u8, body: String, token: OrgToken) {
    drop((org, id, page, body, token));
}

#[with_org_token]
#[get("/members?<org>")]
fn three(org: &str, token: OrgToken) {
    drop((org, token));
}

#[with_org_token]
#[get("/files/<path..>")]
fn four(path: PathBuf, token: OrgToken) {
    drop((path, token));
}

#[with_org_token]
#[get("/orgs/<_>/members")]
fn five(token: OrgToken) {
    drop(token);
}

#[with_org_token]
#[rocket::route(GET, uri = "/orgs/<organization>/members")]
fn six(organization: &str, token: OrgToken) {
    drop((organization, token));
}

#[with_org_token]
#[get("/orgs/<Org_Id>/members")]
#[allow(non_snake_case)]
fn seven(Org_Id: &str, token: OrgToken) {
    drop((Org_Id, token));
}

fn main() {}
