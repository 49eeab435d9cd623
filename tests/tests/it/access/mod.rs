//! The access report: every mounted route with its rule, and what becomes of routes without one.

mod bearers;
mod optional;
mod sign_in;

use logto_dev::Tenant;
use logto_rocket::{
    Access, Identity, Logto, MaybeUser, OrgToken, User, public, require_auth, with_org_token,
};
use logto_tests::settings;
use rocket::figment::Figment;
use rocket::fs::{FileServer, Options};
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, post, routes};

mod admin {
    use super::*;

    #[require_auth(scopes = "delete:orders")]
    #[get("/")]
    pub(super) fn index() -> &'static str {
        "admin"
    }
}

mod open {
    use super::*;

    // The name, method and URI of `admin::index`.
    #[get("/")]
    pub(super) fn index(_user: MaybeUser) -> &'static str {
        "open"
    }
}

#[require_auth(scopes = "read:orders")]
struct Reader(Identity);

#[get("/named/<id>", rank = 7)]
fn named(reader: Option<Reader>, id: u8) -> String {
    format!("{id} {}", reader.is_some_and(|reader| !reader.0.subject().is_empty()))
}

#[get("/mine")]
fn mine(user: User) -> String {
    user.subject().to_owned()
}

#[public]
#[get("/health")]
fn health() -> &'static str {
    "ok"
}

#[with_org_token(scopes = "invite:member")]
#[post("/orgs/<org_id>/invites")]
fn invite(org_id: &str, token: OrgToken) -> String {
    format!("{org_id} {}", token.scopes())
}

#[require_auth(organization = "<org_id>", scopes = "read:orders")]
struct Member(Identity);

#[get("/somewhere/<id>")]
fn astray(member: Member, id: &str) -> String {
    format!("{id} {}", member.0.subject())
}

async fn tenant() -> Tenant {
    Tenant::recorded().start().await.expect("a tenant")
}

fn app(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .attach(Logto::fairing())
        .mount("/admin", routes![admin::index])
        .mount("/", routes![open::index, named, mine, health, invite])
        .mount("/files", FileServer::new(env!("CARGO_MANIFEST_DIR"), Options::None))
}

#[rocket::async_test]
async fn m15_every_mounted_route_is_reported_with_its_own_rule() {
    let tenant = tenant().await;
    let client = Client::tracked(app(settings(&tenant))).await.expect("launches");
    let logto = client.rocket().state::<Logto>().expect("the fairing's state");
    let report = logto.access_report().expect("it has launched");

    let access = |method: &str, uri: &str| {
        let mut found = report.routes().iter().filter(|route| route.method() == method && route.uri() == uri);
        let route = found.next().unwrap_or_else(|| panic!("{method} {uri} is missing in\n{report}"));
        assert!(found.next().is_none(), "{method} {uri} stands twice");
        route.access()
    };
    assert_eq!(access("GET", "/admin"), Access::Guarded, "{report}");
    assert_eq!(access("GET", "/"), Access::Unguarded, "not to be mistaken for the guard of the same name");
    assert_eq!(access("GET", "/named/<id>"), Access::Unguarded, "an optional guard keeps nobody out");
    assert_eq!(access("GET", "/mine"), Access::Guarded);
    assert_eq!(access("GET", "/health"), Access::Public);
    assert_eq!(access("POST", "/orgs/<org_id>/invites"), Access::Guarded);
    assert_eq!(access("GET", "/files/<path..>"), Access::Unguarded, "a route that is none of ours");
    assert_eq!(access("GET", "/logto/callback"), Access::BuiltIn);

    let unguarded: Vec<&str> = report.unguarded().map(|route| route.uri()).collect();
    assert_eq!(unguarded.len(), 3, "{unguarded:?}");
}

#[rocket::async_test]
async fn the_report_is_json_of_a_stable_shape_and_a_table() {
    let tenant = tenant().await;
    let client = Client::tracked(app(settings(&tenant))).await.expect("launches");
    let report =
        client.rocket().state::<Logto>().and_then(|logto| logto.access_report().cloned()).expect("a report");

    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(json["schema"], 1);
    let routes = json["routes"].as_array().expect("a list");
    let invite = routes.iter().find(|route| route["handler"] == "invite").expect("the route");
    assert_eq!(invite["access"], "guarded");
    let rule = &invite["rules"][0];
    let members: Vec<&str> = rule.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = [
        "attribute",
        "item",
        "scopes",
        "any_scope",
        "roles",
        "any_role",
        "resource",
        "organization",
        "via",
        "subject",
        "max_age",
        "check",
        "token",
        "optional",
        "clients",
    ];
    expected.sort_unstable();
    let mut members = members;
    members.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(rule["organization"], "<org_id>");
    assert_eq!(rule["scopes"], serde_json::json!(["invite:member"]));
    assert!(rule["item"].as_str().expect("text").ends_with("::invite"), "{rule}");

    let table = report.to_string();
    let line = table.lines().find(|line| line.contains("/admin")).expect("a line");
    assert!(line.contains("delete:orders") && line.contains("GET"), "{line}");
}

#[rocket::async_test]
async fn deny_refuses_to_launch_and_allow_does_not() {
    let tenant = tenant().await;
    let figment = settings(&tenant).merge(("logto.unguarded", "deny"));
    let error = app(figment.clone()).ignite().await.expect_err("three routes have no guard");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error}");

    let guarded = rocket::custom(figment)
        .attach(Logto::fairing())
        .mount("/admin", routes![admin::index])
        .mount("/", routes![mine, health, invite]);
    assert!(guarded.ignite().await.is_ok(), "every route has a guard or is open on purpose");
}

#[rocket::async_test]
async fn a_named_guard_whose_parameter_the_route_does_not_have_refuses_to_launch() {
    let tenant = tenant().await;
    let astray = rocket::custom(settings(&tenant)).attach(Logto::fairing()).mount("/", routes![astray]);
    let error = astray.ignite().await.expect_err("`<org_id>` is nowhere");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error}");
}
