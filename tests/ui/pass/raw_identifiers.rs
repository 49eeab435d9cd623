//! Names that are keywords.

use logto_rocket::{AccessToken, Identity, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::{get, routes};

#[require_auth]
#[get("/<type>")]
fn r#match(r#type: &str) -> &str {
    r#type
}

#[with_org_token(organization = "<type>")]
#[get("/orgs/<type>")]
fn r#loop(r#type: &str, r#fn: OrgToken) -> String {
    format!("{type}{}", r#fn.secret().len(), type = r#type)
}

#[with_access_token(param = r#use)]
#[get("/raw")]
fn r#async(r#use: AccessToken) {
    drop(r#use);
}

#[with_access_token(param = "use")]
#[get("/text")]
fn r#move(r#use: AccessToken) {
    drop(r#use);
}

#[require_auth]
#[allow(non_camel_case_types)]
struct r#struct {
    r#type: Identity,
}

#[get("/guard")]
fn guard(r#fn: r#struct) {
    drop(r#fn.r#type);
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![r#match, r#loop, r#async, r#move, guard].len(), 5);
}
