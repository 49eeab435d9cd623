//! Whole mounts behind one guard, and whole mounts that are public on purpose.

mod launch;

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{AuthFailure, Identity, Logto, guarded, public_routes, require_auth};
use logto_tests::{App, Ask, Browser, CheckCalls, settings};
use rocket::fs::{FileServer, Options};
use rocket::http::{Method, Status};
use rocket::local::asynchronous::Client;
use rocket::route::{Handler, Outcome};
use rocket::serde::json::Json;
use rocket::{Build, Data, Request, Rocket, Route, catch, catchers, get, post, routes};

fn counts(_: &Identity, request: &Request<'_>) -> bool {
    CheckCalls::add(request);
    true
}

#[require_auth]
struct SignedIn;

#[require_auth(scopes = "delete:orders", resource = SHOPPING_API)]
struct Admin(Identity);

#[require_auth(check = counts)]
struct Counted(Identity);

#[require_auth(otherwise = "forward")]
struct Perhaps;

#[require_auth(organization = "<org_id>")]
struct Member(Identity);

#[get("/")]
fn dashboard(admin: Admin) -> String {
    admin.0.subject().to_owned()
}

#[get("/reports/<id>")]
fn report(id: u8) -> String {
    format!("report {id}")
}

#[post("/reports", format = "json", data = "<report>")]
fn write(report: Json<u8>) -> String {
    format!("wrote {}", report.0)
}

/// A guard within `Option` refuses nobody. Around the handler it does.
#[get("/maybe")]
fn maybe(admin: Option<Admin>) -> String {
    admin.is_some().to_string()
}

#[get("/counted")]
fn counted(first: Counted, second: Counted) -> String {
    format!("{} {}", first.0.subject(), second.0.subject())
}

#[get("/members")]
fn members(member: Member) -> String {
    member.0.organization().map(ToString::to_string).unwrap_or_default()
}

#[get("/<org_id>/teams")]
fn teams(org_id: &str) -> String {
    org_id.to_owned()
}

#[get("/front")]
fn front() -> &'static str {
    "signed in"
}

#[get("/front", rank = 2)]
fn front_for_all() -> &'static str {
    "everybody"
}

/// A route of another crate: a handler of its own, without Rocket's attributes.
#[derive(Clone)]
struct Foreign;

#[rocket::async_trait]
impl Handler for Foreign {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match data.open(rocket::data::ToByteUnit::kibibytes(1)).into_string().await {
            Ok(body) => Outcome::from(request, format!("foreign {}", body.into_inner())),
            Err(_) => Outcome::Error(Status::BadRequest),
        }
    }
}

#[catch(401)]
fn unauthorized(request: &Request<'_>) -> String {
    AuthFailure::of(request).map(|failure| failure.code().to_owned()).unwrap_or_default()
}

fn files() -> FileServer {
    FileServer::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ui"), Options::None)
}

fn app(tenant: &Tenant) -> Rocket<Build> {
    rocket::custom(settings(tenant).merge(("logto.unguarded", "deny")))
        .attach(Logto::fairing())
        .mount("/admin", guarded::<Admin>(routes![dashboard, report, write, maybe]))
        .mount("/files", guarded::<SignedIn>(files()))
        .mount("/assets", public_routes(files()))
        .mount("/foreign", guarded::<SignedIn>(vec![Route::new(Method::Post, "/<_..>", Foreign)]))
        .mount("/caught", guarded::<SignedIn>(routes![front]))
        .mount("/nested", guarded::<SignedIn>(guarded::<Admin>(routes![report])))
        .mount("/once", guarded::<Counted>(routes![counted]))
        .mount("/orgs", guarded::<Member>(routes![teams]))
        .mount("/", guarded::<Perhaps>(routes![front]))
        .mount("/", public_routes(routes![front_for_all]))
        .register("/caught", catchers![unauthorized])
}

struct Shop {
    tenant: Tenant,
    app: App,
    checks: CheckCalls,
}

impl Shop {
    async fn open() -> Shop {
        let tenant = Tenant::recorded().start().await.unwrap();
        let checks = CheckCalls::default();
        let app = App::serve(app(&tenant).manage(checks.clone())).await;
        Shop { tenant, app, checks }
    }

    fn nobody(&self) -> Browser {
        Browser::new(&self.app)
    }

    async fn with(&self, person: &str) -> Browser {
        let mut browser = self.nobody();
        browser.sign_in(&self.tenant, person).await;
        browser
    }
}

#[rocket::async_test]
async fn every_route_of_a_guarded_mount_refuses_those_whom_the_guard_refuses() {
    let shop = Shop::open().await;
    let (mut nobody, mut bob) = (shop.nobody(), shop.with("bob").await);
    for path in ["/admin", "/admin/reports/1", "/admin/maybe", "/nested/reports/1"] {
        let answer = nobody.fetch(path).await;
        assert_eq!((answer.status, &*answer.code()), (401, "not_signed_in"), "{path}");
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{path}");
        let answer = nobody.open(path).await;
        assert!(
            answer.location().starts_with(&format!("/logto/sign-in?return_to={path}")),
            "{path}: {answer:?}"
        );
        let answer = bob.fetch(path).await;
        assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"), "{path}");
        assert_eq!(nobody.send(Ask::new("HEAD", path)).await.status, 401, "{path}");
    }
    let mut alice = shop.with("alice").await;
    for (path, says) in [
        ("/admin", ALICE),
        ("/admin/reports/1", "report 1"),
        ("/admin/maybe", "true"),
        ("/nested/reports/1", "report 1"),
    ] {
        let answer = alice.fetch(path).await;
        assert_eq!((answer.status, &*answer.body), (200, says), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let token =
        shop.tenant.access_token(Issue::user("alice").resource(SHOPPING_API).scopes(["delete:orders"]));
    let by_bearer = shop.nobody().send(Ask::get("/admin/reports/7").bearer(&token.unwrap())).await;
    assert_eq!((by_bearer.status, &*by_bearer.body), (200, "report 7"));
}

#[rocket::async_test]
async fn the_guard_runs_before_parameters_and_before_the_body() {
    let shop = Shop::open().await;
    let mut nobody = shop.nobody();
    assert_eq!(nobody.fetch("/admin/reports/many").await.status, 401);
    let broken = |path: &str| Ask::post(path).script().body("application/json", "{");
    assert_eq!(nobody.send(broken("/admin/reports")).await.status, 401);
    assert_eq!(nobody.send(broken("/foreign/x")).await.status, 401);
    let mut alice = shop.with("alice").await;
    assert_eq!(alice.fetch("/admin/reports/many").await.status, 422);
    let status = alice.send(broken("/admin/reports")).await.status;
    assert!(matches!(status, 400 | 422), "{status}");
    let answer = alice.send(broken("/foreign/x")).await;
    assert_eq!((answer.status, &*answer.body), (200, "foreign {"));
}

#[rocket::async_test]
async fn a_file_server_is_guarded_or_public() {
    let shop = Shop::open().await;
    let mut nobody = shop.nobody();
    for path in ["/files/pass/public.rs", "/files/none.txt", "/files", "/files/../mounts"] {
        assert_eq!(nobody.fetch(path).await.status, if path.contains("..") { 404 } else { 401 }, "{path}");
    }
    let answer = nobody.fetch("/assets/pass/public.rs").await;
    assert!(answer.status == 200 && answer.body.contains("#[public]"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), None);
    assert_eq!(nobody.fetch("/assets/none.txt").await.status, 404);

    let mut alice = shop.with("alice").await;
    let answer = alice.fetch("/files/pass/public.rs").await;
    assert!(answer.status == 200 && answer.body.contains("#[public]"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(alice.fetch("/files/none.txt").await.status, 404);
}

#[rocket::async_test]
async fn a_handler_gets_what_the_guard_around_it_has_decided() {
    let shop = Shop::open().await;
    let answer = shop.with("alice").await.fetch("/once/counted").await;
    assert_eq!(answer.body, format!("{ALICE} {ALICE}"));
    assert_eq!(shop.checks.take(), 1);
}

#[rocket::async_test]
async fn a_guard_that_forwards_leads_to_the_next_route() {
    let shop = Shop::open().await;
    assert_eq!(shop.nobody().fetch("/front").await.body, "everybody");
    assert_eq!(shop.with("alice").await.fetch("/front").await.body, "signed in");
    // Wrong credentials are refused all the same.
    assert_eq!(shop.nobody().send(Ask::get("/front").bearer("x")).await.status, 401);
}

#[rocket::async_test]
async fn the_applications_catcher_answers_a_refusal() {
    let shop = Shop::open().await;
    let answer = shop.nobody().fetch("/caught/front").await;
    assert_eq!((answer.status, &*answer.body), (401, "not_signed_in"));
}

#[rocket::async_test]
async fn an_organization_comes_from_the_uri_of_each_route() {
    let shop = Shop::open().await;
    let mut alice = shop.with("alice").await;
    let organization = logto_dev::recorded::ACME;
    assert_eq!(alice.fetch(format!("/orgs/{organization}/teams")).await.body, organization);
    let answer = alice.fetch("/orgs/ueluf25mlfmd/teams").await;
    assert_eq!((answer.status, &*answer.code()), (403, "not_a_member"), "{answer:?}");
}

#[test]
fn uris_are_made_as_before() {
    assert_eq!(rocket::uri!("/admin", report(3)).to_string(), "/admin/reports/3");
}

/// Without the fairing nothing can be decided, so nobody is let in.
#[rocket::async_test]
async fn without_the_fairing_nobody_is_let_in() {
    let rocket = rocket::custom(logto_tests::rocket_settings())
        .mount("/", guarded::<SignedIn>(routes![report]))
        .mount("/files", guarded::<SignedIn>(files()));
    let client = Client::tracked(rocket).await.expect("launches");
    for path in ["/reports/1", "/files/pass/public.rs"] {
        assert_eq!(client.get(path).dispatch().await.status(), Status::InternalServerError, "{path}");
    }
}
