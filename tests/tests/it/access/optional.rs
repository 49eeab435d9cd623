//! A guard that cannot keep anybody out is no guard, whatever it stands in.

use logto_dev::Tenant;
use logto_rocket::{Access, AuthFailure, Identity, Logto, User, Webhook, public, require_auth};
use logto_tests::settings;
use rocket::local::asynchronous::Client;
use rocket::request::{FromRequest, Outcome};
use rocket::{Build, Ignite, Request, Rocket, Route, Sentinel, get, post, routes};

#[require_auth(scopes = "read:orders")]
struct Admin(Identity);

type Perhaps = Option<User>;

/// Takes whatever comes of the guard within.
struct Lenient<T>(Option<T>);

#[rocket::async_trait]
impl<'r, T: FromRequest<'r>> FromRequest<'r> for Lenient<T> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Lenient(request.guard::<T>().await.succeeded()))
    }
}

/// The same, with a launch check that is the guard's own.
struct Delegating(Option<User>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Delegating {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Delegating(request.guard::<User>().await.succeeded()))
    }
}

impl Sentinel for Delegating {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        User::abort(rocket)
    }
}

#[get("/option")]
fn option(user: Option<User>) -> String {
    user.is_some().to_string()
}

#[get("/result")]
fn result(user: Result<User, AuthFailure>) -> String {
    user.is_ok().to_string()
}

#[get("/alias")]
fn alias(user: Perhaps) -> String {
    user.is_some().to_string()
}

#[get("/named")]
fn named(admin: Option<Admin>) -> String {
    admin.is_some_and(|admin| !admin.0.subject().is_empty()).to_string()
}

#[get("/nested")]
fn nested(user: Option<Result<User, AuthFailure>>) -> String {
    user.is_some_and(|user| user.is_ok()).to_string()
}

#[get("/outcome")]
fn outcome(user: Outcome<User, AuthFailure>) -> String {
    user.is_success().to_string()
}

#[get("/identity")]
fn identity(who: Option<Identity>) -> String {
    who.is_some().to_string()
}

#[get("/several")]
fn several(user: Option<User>, admin: Result<Admin, AuthFailure>) -> String {
    format!("{} {}", user.is_some(), admin.is_ok())
}

#[get("/lenient")]
fn lenient(user: Lenient<User>) -> String {
    user.0.is_some().to_string()
}

#[get("/lenient/named")]
fn lenient_named(admin: Lenient<Admin>) -> String {
    admin.0.is_some().to_string()
}

#[get("/delegating")]
fn delegating(user: Delegating) -> String {
    user.0.is_some().to_string()
}

#[post("/hook", data = "<hook>")]
fn hook(hook: Option<Webhook>) -> String {
    hook.is_some().to_string()
}

fn optional() -> Vec<Route> {
    routes![
        option,
        result,
        alias,
        named,
        nested,
        outcome,
        identity,
        several,
        lenient,
        lenient_named,
        delegating,
        hook
    ]
}

#[public]
#[get("/public")]
fn open_on_purpose(user: Option<User>) -> String {
    user.is_some().to_string()
}

#[require_auth]
#[get("/attribute")]
fn attribute(admin: Option<Admin>) -> String {
    admin.is_some().to_string()
}

#[get("/plain/user")]
fn plain_user(user: User, admin: Option<Admin>) -> String {
    format!("{} {}", user.subject(), admin.is_some())
}

#[get("/plain/named")]
fn plain_named(perhaps: Option<User>, admin: Admin) -> String {
    format!("{} {}", perhaps.is_some(), admin.0.subject())
}

#[get("/plain/identity")]
fn plain_identity(admin: Option<Admin>, who: Identity) -> String {
    format!("{} {}", admin.is_some(), who.subject())
}

#[post("/plain/hook", data = "<hook>")]
fn plain_hook(hook: Webhook) -> String {
    hook.event().to_owned()
}

fn guarded() -> Vec<Route> {
    routes![attribute, plain_user, plain_named, plain_identity, plain_hook]
}

fn app(tenant: &Tenant, unguarded: &str, routes: Vec<Route>) -> Rocket<Build> {
    let figment = settings(tenant)
        .merge(("logto.unguarded", unguarded))
        .merge(("logto.webhook_signing_keys", ["0123456789abcdef0123456789abcdef"]));
    rocket::custom(figment).attach(Logto::fairing()).mount("/", routes)
}

#[rocket::async_test]
async fn field_03_deny_takes_no_optional_guard_for_a_guard() {
    let tenant = super::tenant().await;
    for route in optional() {
        let uri = route.uri.to_string();
        let error = app(&tenant, "deny", vec![route]).ignite().await.expect_err(&uri);
        assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{uri}: {error}");
    }
    app(&tenant, "deny", guarded()).ignite().await.expect("each of them has a guard");
    app(&tenant, "deny", routes![open_on_purpose]).ignite().await.expect("it is open on purpose");
}

#[rocket::async_test]
async fn field_03_the_report_tells_optional_guards_from_others() {
    let tenant = super::tenant().await;
    let routes = optional().into_iter().chain(guarded()).chain(routes![open_on_purpose]).collect();
    let client = Client::tracked(app(&tenant, "allow", routes)).await.expect("launches");
    let report = client.rocket().state::<Logto>().and_then(Logto::access_report).expect("a report");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    let table = report.to_string();
    let found = |uri: &str| {
        let route = report.routes().iter().find(|route| route.uri() == uri).expect("the route");
        let json = json["routes"].as_array().and_then(|all| all.iter().find(|one| one["uri"] == uri));
        let rules = json.expect("the route")["rules"].as_array().expect("rules").clone();
        let optional = rules.iter().filter(|rule| rule["optional"] == true).count();
        let line = table.lines().find(|line| line.contains(&format!(" {uri} "))).expect("a line");
        (route.access(), optional, rules.len(), line.to_owned())
    };
    for (uri, count) in [
        ("/option", 1),
        ("/result", 1),
        ("/alias", 1),
        ("/named", 1),
        ("/nested", 1),
        ("/outcome", 1),
        ("/identity", 1),
        ("/several", 2),
        ("/lenient", 1),
        ("/lenient/named", 1),
        ("/delegating", 1),
        ("/hook", 1),
    ] {
        let (access, optional, all, line) = found(uri);
        assert_eq!((access, optional, all), (Access::Unguarded, count, count), "{uri}: {line}");
        assert_eq!(line.matches("optional").count(), count, "{uri}: {line}");
        assert!(line.contains("UNGUARDED"), "{uri}: {line}");
    }
    let (access, optional, all, line) = found("/public");
    assert_eq!((access, optional, all), (Access::Public, 1, 1), "{line}");
    assert!(line.contains("public") && line.contains("optional User"), "{line}");
    for (uri, optional_ones, all_of_them) in [
        ("/attribute", 1, 2),
        ("/plain/user", 1, 2),
        ("/plain/named", 1, 2),
        ("/plain/identity", 1, 2),
        ("/plain/hook", 0, 1),
    ] {
        let (access, optional, all, line) = found(uri);
        assert_eq!((access, optional, all), (Access::Guarded, optional_ones, all_of_them), "{uri}: {line}");
        assert_eq!(line.matches("optional").count(), optional_ones, "{uri}: {line}");
    }
    // Nobody is what the report is about: this is who comes to the handlers.
    for uri in ["/option", "/named", "/lenient", "/delegating", "/public"] {
        let answer = client.get(uri).dispatch().await;
        assert_eq!(
            (answer.status().code, answer.into_string().await.as_deref()),
            (200, Some("false")),
            "{uri}"
        );
    }
}
