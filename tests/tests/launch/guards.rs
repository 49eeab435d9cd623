//! Guards that could not do their duty.

use logto_rocket::{
    AccessToken, AuthFailure, Identity, Logto, MaybeUser, OrgToken, User, require_auth, with_access_token,
    with_org_token,
};
use logto_tests::LogCapture;
use rocket::{get, post, routes};

use crate::{ENOUGH, refused, toml};

#[require_auth]
#[get("/profile")]
fn guarded_profile() {}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn scoped_orders() {}

#[require_auth(scopes = "read:shelves", resource = "https://nobody.example/api")]
#[get("/shelves")]
fn foreign_shelves() {}

#[with_access_token]
#[get("/token")]
fn any_token(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[with_org_token(scopes = "invite:member")]
#[post("/orgs/<org_id>/invites")]
fn invite(org_id: &str, token: OrgToken) -> String {
    format!("{org_id}{}", token.scopes())
}

#[require_auth(scopes = "delete:orders")]
struct Admin(Identity);

#[get("/admin")]
fn by_named_guard(admin: Admin) -> String {
    admin.0.subject().to_owned()
}

#[get("/admin/perhaps")]
fn by_optional_guard(admin: Option<Admin>) -> String {
    admin.is_some().to_string()
}

#[get("/admin/or")]
fn by_fallible_guard(admin: Result<Admin, AuthFailure>) -> String {
    admin.is_ok().to_string()
}

#[require_auth(resource = "urn:logto:resource:organizations", scopes = "invite:member")]
#[get("/invitations")]
fn organization_scopes_of_nowhere() {}

#[get("/me")]
fn by_user(user: User) -> String {
    user.subject().to_owned()
}

#[get("/maybe")]
fn by_maybe(user: MaybeUser) -> String {
    format!("{user:?}")
}

#[get("/who")]
fn by_identity(who: Identity) -> String {
    who.subject().to_owned()
}

fn with_resources(list: &str) -> rocket::figment::Figment {
    toml(&format!("{ENOUGH}resources = [{list}]"))
}

#[rocket::async_test]
async fn m08_without_the_fairing_no_guard_launches() {
    let log_capture = LogCapture::listen();
    for (name, routes) in [
        ("guarded_profile", routes![guarded_profile]),
        ("scoped_orders", routes![scoped_orders]),
        ("any_token", routes![any_token]),
        ("invite", routes![invite]),
        ("Admin", routes![by_named_guard]),
        ("Admin", routes![by_optional_guard]),
        ("Admin", routes![by_fallible_guard]),
        ("User", routes![by_user]),
        ("MaybeUser", routes![by_maybe]),
        ("Identity", routes![by_identity]),
    ] {
        assert_eq!(refused(rocket::custom(toml("")).mount("/", routes)).await, "sentinels", "{name}");
        assert!(log_capture.heard(&["fairing is missing", name, ".attach(Logto::fairing())"]), "{name}");
    }
    let here = file!().rsplit('/').next().unwrap();
    assert!(log_capture.heard(&["require_auth", "guarded_profile", here]), "the attribute's place is named");
}

#[rocket::async_test]
async fn with_the_fairing_they_all_launch() {
    let rocket = rocket::custom(with_resources(r#""https://shop.example/api""#))
        .attach(Logto::fairing())
        .mount("/", routes![guarded_profile, scoped_orders, any_token, invite, by_named_guard])
        .mount("/deeper", routes![by_user, by_maybe, by_identity]);
    assert_eq!(refused(rocket).await, "nothing");
}

#[rocket::async_test]
async fn a_resource_that_is_not_configured_is_refused() {
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(with_resources(r#""https://shop.example/api""#))
        .attach(Logto::fairing())
        .mount("/", routes![foreign_shelves]);
    assert_eq!(refused(rocket).await, "sentinels");
    assert!(log_capture.heard(&[
        "foreign_shelves",
        "https://nobody.example/api",
        "not configured",
        "https://shop.example/api"
    ]));
}

#[rocket::async_test]
async fn of_several_resources_one_must_be_named() {
    let log_capture = LogCapture::listen();
    for routes in [routes![scoped_orders], routes![any_token], routes![by_named_guard]] {
        let rocket = rocket::custom(with_resources(r#""https://one.example", "https://two.example""#))
            .attach(Logto::fairing())
            .mount("/", routes);
        assert_eq!(refused(rocket).await, "sentinels");
    }
    assert!(log_capture.heard(&["scoped_orders", "several", "https://one.example", "https://two.example"]));
}

#[rocket::async_test]
async fn scopes_without_any_resource_are_refused() {
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(toml(ENOUGH)).attach(Logto::fairing()).mount("/", routes![scoped_orders]);
    assert_eq!(refused(rocket).await, "sentinels");
    assert!(log_capture.heard(&["scoped_orders", "no API resource is configured"]));
    // What asks for no scope needs no resource.
    let rocket = rocket::custom(toml(ENOUGH))
        .attach(Logto::fairing())
        .mount("/", routes![guarded_profile, by_user, invite]);
    assert_eq!(refused(rocket).await, "nothing");
}

#[rocket::async_test]
async fn scopes_of_an_organization_need_one() {
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(toml(ENOUGH))
        .attach(Logto::fairing())
        .mount("/", routes![organization_scopes_of_nowhere]);
    assert_eq!(refused(rocket).await, "sentinels");
    assert!(log_capture.heard(&[
        "organization_scopes_of_nowhere",
        "no organization is named",
        "organization = "
    ]));
}

/// One launch names all that is wrong, and not only the first.
#[rocket::async_test]
async fn every_refusal_is_named_in_one_launch() {
    #[require_auth(scopes = "a", resource = "https://first.nowhere.example")]
    #[get("/first")]
    fn first_of_two() {}
    #[require_auth(scopes = "a", resource = "https://second.nowhere.example")]
    #[get("/second")]
    fn second_of_two() {}
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(toml(ENOUGH))
        .attach(Logto::fairing())
        .mount("/", routes![first_of_two, second_of_two]);
    assert_eq!(refused(rocket).await, "sentinels");
    assert!(log_capture.heard(&["first_of_two"]) && log_capture.heard(&["second_of_two"]));
}

#[rocket::async_test]
async fn two_fairings_are_one_too_many() {
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(toml(ENOUGH)).attach(Logto::fairing()).attach(Logto::fairing());
    assert_eq!(refused(rocket).await, "fairings");
    assert!(log_capture.heard(&["attached twice"]));
}

/// The order of `attach` and `mount` is a matter of taste.
#[rocket::async_test]
async fn the_fairing_may_come_last() {
    let rocket = rocket::custom(toml(ENOUGH)).mount("/", routes![guarded_profile]).attach(Logto::fairing());
    assert_eq!(refused(rocket).await, "nothing");
}
