//! A role is named once, in one of the two keys, and a key stands once.

use logto_rocket::{OrgToken, require_auth, with_org_token};
use rocket::get;

const ADMIN: &str = "admin";

#[require_auth(roles = "editor admin editor")]
#[get("/one")]
fn one() {}

#[require_auth(any_role = [ADMIN, "shop user", "shop user", ADMIN])]
#[get("/two")]
fn two() {}

#[require_auth(roles = "editor admin", any_role = "admin owner")]
#[get("/three")]
fn three() {}

#[require_auth(roles = ADMIN, any_role = [ADMIN, "owner"])]
#[get("/four")]
fn four() {}

#[with_org_token(roles = "editor", roles = "admin")]
#[get("/five")]
fn five(token: OrgToken) {
    drop(token);
}

fn main() {}
