//! What somebody tries who has read the reference page: keys together, attributes together, guards in odd
//! places.

use std::time::Duration;

use logto_dev::Issue;
use logto_dev::recorded::{ACME, ALICE, GLOBEX, M2M_APP, SHOPPING_API};
use logto_rocket::{
    AccessToken, AuthFailure, Identity, OrgToken, User, public, require_auth, with_access_token,
    with_org_token,
};
use logto_tests::{Ask, path_of};
use reqwest::Url;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome as Guarded};
use rocket::serde::json::Json;
use rocket::{Request, State, get, post, routes};

use super::{Shop, alice, expect};

#[require_auth(
    organization = "<org_id>",
    scopes = "read:orders",
    any_scope = ["write:orders", r"delete:orders",],
    any_role = "admin  owner ",
    via = "session",
    subject = "any",
    max_age = "1h",
    check = not_on_sundays,
    otherwise = "forward",
)]
#[get("/everything/<org_id>")]
fn everything(org_id: &str) -> &str {
    org_id
}

#[public]
#[get("/everything/<_>", rank = 5)]
fn everything_else() -> &'static str {
    "somebody else"
}

/// The session's scopes are known when the question is asked.
async fn not_on_sundays(who: &Identity, request: &Request<'_>) -> bool {
    let user = request.guard::<User>().await;
    who.scopes().contains("write:orders")
        && user.succeeded().is_some_and(|user| user.subject() == who.subject())
}

#[rocket::async_test]
async fn every_key_stands_beside_every_other() {
    let shop = Shop::with_routes(vec![("/", routes![everything, everything_else])]).await;
    let (own, other) = (format!("/everything/{ACME}"), format!("/everything/{GLOBEX}"));
    let mut browser = shop.with("alice").await;
    // Logto tells when somebody signed in only if that was asked for.
    expect(&mut browser, &[(&*own, 401, "insufficient_user_authentication")]).await;
    let at_logto = Url::parse(browser.open("/logto/sign-in?max_age=3600").await.location()).unwrap();
    let callback = shop.tenant.sign_in(at_logto, "alice").await.unwrap();
    browser.open(path_of(&callback)).await;
    expect(&mut browser, &[(&*own, 200, ACME), (&*other, 403, "not_a_member")]).await;
    expect(&mut shop.with("carol").await, &[(&*own, 403, "insufficient_scope")]).await;
    expect(&mut shop.nobody(), &[(&*own, 200, "somebody else")]).await;
    // A credential of the other kind is a credential: nobody is sent on.
    assert_eq!(shop.bearer(&own, alice()).await.code(), "credential_not_accepted");
    let machine = Issue::machine(M2M_APP.id).resource(SHOPPING_API);
    assert_eq!(shop.bearer(&own, machine).await.code(), "credential_not_accepted");
    // Nor is whoever has signed in too long ago.
    shop.tenant.clock().advance(Duration::from_secs(2 * 60 * 60));
    expect(&mut browser, &[(&*own, 401, "insufficient_user_authentication")]).await;
}

fn is_alice(who: &Identity, _: &Request<'_>) -> bool {
    who.subject() == ALICE
}

#[require_auth(check = is_alice)]
#[with_access_token(scopes = "read:orders")]
#[with_org_token]
#[post("/three/<org_id>", data = "<body>")]
fn three(org_id: &str, organization: OrgToken, body: Json<Vec<u8>>, user: User, api: AccessToken) -> String {
    assert_eq!(organization.organization().as_str(), org_id);
    assert_ne!(organization.secret(), api.secret());
    assert!(organization.resource().is_none() && api.organization().is_none());
    format!("{} {} {}", user.subject(), api.resource().map_or("-", |resource| resource.as_str()), body.len())
}

#[rocket::async_test]
async fn three_attributes_are_asked_before_the_body_is_read() {
    let shop = Shop::with_routes(vec![("/", routes![three])]).await;
    let ask = |org: &str, body: &str| {
        Ask::post(format!("/three/{org}")).script().body("application/json", body.to_owned())
    };
    let mut browser = shop.with("alice").await;
    let answer = browser.send(ask(ACME, "[1, 2]")).await;
    assert_eq!(answer.body, format!("{ALICE} {SHOPPING_API} 2"), "{answer:?}");
    assert_eq!(browser.send(ask(ACME, "[1,")).await.status, 400);
    assert_eq!(browser.send(ask(GLOBEX, "[1,")).await.code(), "not_a_member");
    assert_eq!(shop.nobody().send(ask(ACME, "[1,")).await.code(), "not_signed_in");
    // Carol is a member and may read; the first attribute does not want her.
    assert_eq!(shop.with("carol").await.send(ask(ACME, "[1]")).await.code(), "check_failed");
}

#[require_auth(scopes = "write:orders")]
#[derive(Debug, Clone)]
struct Writer {
    who: Identity,
}

#[get("/result/<id>")]
fn result(id: u8, writer: Result<Writer, AuthFailure>) -> Result<String, Status> {
    match writer {
        Ok(writer) => Ok(format!("{id} {}", writer.clone().who.subject())),
        Err(failure) if failure.code() == "not_signed_in" => Ok(format!("{id} nobody")),
        Err(failure) => Err(failure.status()),
    }
}

#[get("/option")]
fn option(writer: Option<Writer>) -> &'static str {
    if writer.is_some() { "in" } else { "out" }
}

/// A guard of the application that asks one of ours.
struct Editor(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Editor {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Guarded<Self, AuthFailure> {
        request.guard::<Writer>().await.map(|writer| Editor(writer.who.subject().to_owned()))
    }
}

#[get("/editor")]
fn editor(editor: Editor) -> String {
    editor.0
}

#[rocket::async_test]
async fn a_named_guard_may_be_optional_and_asked_by_others() {
    let shop = Shop::with_routes(vec![("/", routes![result, option, editor])]).await;
    let own = format!("7 {ALICE}");
    let answers = [("/result/7", 200, &*own), ("/option", 200, "in"), ("/editor", 200, ALICE)];
    expect(&mut shop.with("alice").await, &answers).await;
    let answers =
        [("/result/7", 200, "7 nobody"), ("/option", 200, "out"), ("/editor", 401, "not_signed_in")];
    expect(&mut shop.nobody(), &answers).await;
    let mut bob = shop.with("bob").await;
    expect(&mut bob, &[("/option", 200, "out"), ("/editor", 403, "insufficient_scope")]).await;
    assert_eq!(bob.fetch("/result/7").await.status, 403);
    // Its place among the parameters is its place in time, and guards come before path segments.
    assert_eq!(shop.nobody().fetch("/result/no-number").await.status, 422);
}

#[require_auth(any_scope = "read:orders delete:orders", any_role = ["owner", "shop-user"])]
#[get("/both-anys")]
fn both_anys() -> &'static str {
    "in"
}

#[with_access_token(otherwise = "forward", param = token)]
#[get("/page/<_>")]
fn page(token: AccessToken) -> String {
    format!("yours, {}", token.scopes().contains("read:orders"))
}

#[get("/page/<name>", rank = 2)]
fn page_of_others(name: &str) -> String {
    format!("{name} for others")
}

/// Says who is there, and is open on purpose; the guard among its parameters does not care.
#[public]
#[get("/public-me")]
fn public_me(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth(subject = "any", scopes = "read:orders")]
#[rocket::route(PUT, uri = "/put/<id>?<times>", format = "json", data = "<body>", rank = 9)]
async fn put(id: u64, times: Option<u8>, who: Identity, state: &State<u8>, body: Json<u8>) -> String {
    format!("{id} {times:?} {} {state} {}", who.kind().as_str(), *body)
}

#[rocket::async_test]
async fn odd_but_right() {
    let shop = Shop::with_routes(vec![("/", routes![both_anys, page, page_of_others, public_me])]).await;
    let answers = [("/both-anys", 200, "in"), ("/page/x", 200, "yours, true"), ("/public-me", 200, ALICE)];
    expect(&mut shop.with("alice").await, &answers).await;
    // Carol has neither the role nor, outside of her organizations, a role that would bring the scope.
    let carol = shop.with("carol").await.fetch("/both-anys").await;
    assert_eq!(carol.status, 403, "{carol:?}");
    let answers = [("/page/x", 200, "x for others"), ("/public-me", 401, "not_signed_in")];
    expect(&mut shop.nobody(), &answers).await;

    // The guard is asked for HEAD as well, which Rocket takes for a GET.
    let head = shop.nobody().send(Ask::new("HEAD", "/both-anys").script()).await;
    assert_eq!(head.status, 401);
}

#[rocket::async_test]
async fn a_machine_puts() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let app = logto_tests::App::serve(super::rocket(&tenant).manage(7_u8).mount("/", routes![put])).await;
    let shop = Shop { tenant, app, checks: logto_tests::CheckCalls::default() };
    let token = |issue: Issue| shop.tenant.access_token(issue).unwrap();
    let machine = token(Issue::machine(M2M_APP.id).resource(SHOPPING_API));
    let ask = |path: &str, token: &str| Ask::new("PUT", path).bearer(token).body("application/json", "3");
    let answer = shop.nobody().send(ask("/put/1?times=2", &machine)).await;
    assert_eq!((answer.status, &*answer.body), (200, "1 Some(2) machine 7 3"), "{answer:?}");
    let person = token(alice().scopes(["read:orders"]));
    assert_eq!(shop.nobody().send(ask("/put/1", &person)).await.body, "1 None user 7 3");
    let less = token(alice().scopes(["write:orders"]));
    // Before the path, which is no number, and before the body.
    assert_eq!(shop.nobody().send(ask("/put/x", &less)).await.code(), "insufficient_scope");
    assert_eq!(shop.nobody().send(ask("/put/x", &person)).await.status, 422);
}
