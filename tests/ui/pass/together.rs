//! The attributes stand together, in any order, with attributes of others between them.

use logto_rocket::{AccessToken, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::{get, post, routes};

#[require_auth(scopes = "read:orders")]
#[with_access_token(resource = "https://api.example.com")]
#[with_org_token]
#[get("/one/<org_id>")]
fn one(access: AccessToken, org_id: &str, org: OrgToken) -> String {
    format!("{}{org_id}{}", access.secret().len(), org.secret().len())
}

#[with_org_token(organization = "session")]
#[doc = "Doc."]
#[require_auth]
#[allow(unused_mut)]
#[with_access_token]
#[post("/two", data = "<body>")]
async fn two(body: String, mut org: OrgToken, access: AccessToken) -> String {
    format!("{}{body}{}", access.secret().len(), org.secret().len())
}

#[with_access_token]
#[with_org_token]
#[get("/three")]
fn three(mut org: OrgToken, mut access: AccessToken) {
    (org, access) = (org, access);
    drop((org, access));
}

#[with_access_token(param = upstream)]
#[require_auth(via = "session")]
#[get("/four")]
fn four(upstream: AccessToken) {
    drop(upstream);
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![one, two, three, four].len(), 4);
}
