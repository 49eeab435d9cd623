//! How fresh a sign-in must be, and what happens to whoever has not signed in: every form, on everything.

#![deny(warnings)]

use logto_rocket::{
    AccessToken, Identity, MaybeUser, OrgToken, require_auth, with_access_token, with_org_token,
};
use rocket::{get, routes};

#[require_auth(max_age = "5m")]
#[get("/one")]
fn one() {}

#[require_auth(max_age = "300", via = "bearer")]
#[get("/two")]
fn two() {}

#[with_access_token(max_age = "90s", otherwise = "forward")]
#[get("/three")]
fn three(token: AccessToken) {
    drop(token);
}

#[with_org_token(max_age = "12h", organization = "session")]
#[get("/four")]
fn four(token: OrgToken) {
    drop(token);
}

#[require_auth(max_age = "7d", roles = "editor", otherwise = "forward", subject = "any")]
struct Editor(Identity);

#[get("/five")]
fn five(editor: Editor) {
    drop(editor.0);
}

#[get("/five", rank = 2)]
fn five_for_others(user: MaybeUser) {
    drop(user);
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![one, two, three, four, five, five_for_others].len(), 6);
}
