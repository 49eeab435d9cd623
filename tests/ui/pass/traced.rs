//! `#[tracing::instrument]` above, between and below.

#![deny(warnings)]

use logto_rocket::{
    AccessToken, Identity, OrgToken, public, require_auth, with_access_token, with_org_token,
};
use rocket::{get, post, routes};
use tracing::instrument;

#[instrument]
#[require_auth(scopes = "read:orders")]
#[get("/one")]
fn one(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(check = is_owner)]
#[instrument(skip_all, fields(answer = 42))]
#[get("/two/<id>")]
async fn two(id: u64) -> String {
    id.to_string()
}

#[instrument(ret)]
fn is_owner(who: &Identity, _: &rocket::Request<'_>) -> bool {
    who.subject().is_empty()
}

#[with_access_token]
#[with_org_token(organization = "<org_id>")]
#[post("/three/<org_id>")]
#[instrument(err)]
async fn three(org_id: &str, token: AccessToken, organization: OrgToken) -> Result<String, String> {
    drop((token, organization));
    Ok(org_id.to_owned())
}

#[public]
#[get("/four")]
#[instrument(level = "debug")]
fn four() {}

#[tracing::instrument]
#[public]
#[tracing::instrument]
#[get("/five")]
#[tracing::instrument]
async fn five() {}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![one, two, three, four, five].len(), 5);
}
