//! What looks odd, and is meant.

#![deny(warnings)]
#![deny(clippy::pedantic)]
#![allow(clippy::needless_pass_by_value)] // Rocket hands guards over by value.

use logto_rocket::{AccessToken, AuthFailure, Identity, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::{get, post, routes};

// No keys, but parentheses; a comma at the end; a key in a line of its own.
#[require_auth()]
#[get("/empty")]
fn empty() {}

#[require_auth(
    // A comment.
    scopes = r#"a"#,

    /* Another. */ any_role = ["with \u{e4}", "with, a comma"],
)]
#[get("/comments")]
fn comments() {}

// The token first, last and in between, mutable, unused.
#[with_access_token]
#[get("/first/<_>")]
fn first(mut token: AccessToken) -> String {
    token = token.clone();
    token.secret().to_owned()
}

#[with_org_token]
#[with_access_token]
#[get("/last/<org_id>")]
fn last(org_id: &str, _who: Identity, _api: AccessToken, token: OrgToken) -> String {
    format!("{org_id}{}", token.scopes())
}

// A segment that is called like an organization, and is none.
#[require_auth]
#[get("/organizations/<organization_id>")]
fn by_name_alone(organization_id: &str) -> &str {
    organization_id
}

// Both usual names; the key says which.
#[with_org_token(organization = "<organization_id>")]
#[post("/move/<org_id>/<organization_id>")]
fn both_names(org_id: &str, organization_id: &str, token: OrgToken) -> String {
    format!("{org_id}{organization_id}{}", token.scopes())
}

// An attribute's name as the name of a handler, of a parameter, of a module.
mod require_auth_ {
    #[logto_rocket::require_auth]
    #[rocket::get("/named")]
    pub(super) fn require_auth(scopes: Option<&rocket::http::Accept>) -> &'static str {
        scopes.map_or("none", |_| "some")
    }
}

#[require_auth(scopes = "read:orders")]
struct Reader(Identity);

#[get("/nested")]
fn nested(one: Option<Reader>, two: Result<Reader, AuthFailure>) -> String {
    format!("{}{}", one.is_some(), two.map_or(String::new(), |reader| reader.0.subject().to_owned()))
}

// With a resource of its own, any struct may hold the token that its rule was judged by.
#[require_auth(resource = "https://api.example.com")]
struct Caller {
    token: AccessToken,
}

#[require_auth(resource = "urn:logto:resource:organizations", organization = "<org_id>")]
struct Member(OrgToken);

#[get("/caller/<org_id>")]
fn caller(org_id: &str, caller: Caller, member: Member) -> String {
    format!("{org_id}{}{}", caller.token.scopes(), member.0.scopes())
}

#[test]
fn field_42_m01_is_accepted() {
    let routes =
        routes![empty, comments, first, last, by_name_alone, both_names, require_auth_::require_auth, nested, caller];
    assert_eq!(routes.len(), 9);
}
