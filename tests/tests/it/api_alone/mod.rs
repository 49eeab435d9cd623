//! An API alone: a server that only accepts access tokens, with two settings.

mod credentials;

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{Access, Identity, Logto, SignIn, public, require_auth};
use logto_tests::{Answer, App, Ask, Browser, rocket_settings};
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::http::CookieJar;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, Route, catch, catchers, get, post, routes};

/// A release build, where nothing has a default that would be a danger.
fn two_settings(tenant: &Tenant) -> Figment {
    rocket_settings()
        .merge(("secret_key", "b5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4ub5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4u"))
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.resources", [SHOPPING_API]))
        .select("release")
}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    format!("orders of {}", who.subject())
}

/// It also takes sessions, where there are any.
#[require_auth]
#[post("/known")]
fn known(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(via = "bearer", scopes = "read:orders", max_age = "5m")]
#[get("/fresh")]
fn fresh() {}

#[require_auth(otherwise = "forward")]
#[get("/greeting", rank = 1)]
fn greeting(who: Identity) -> String {
    format!("hello {}", who.subject())
}

#[public]
#[get("/greeting", rank = 2)]
fn greeting_of_nobody(jar: &CookieJar<'_>) -> String {
    format!("hello with {} cookies", jar.iter().count())
}

#[public]
#[get("/sign-in")]
fn sign_in() -> SignIn {
    SignIn::new()
}

fn own_routes() -> Vec<Route> {
    routes![orders, known, fresh, greeting, greeting_of_nobody, sign_in]
}

fn api(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment).attach(Logto::fairing()).mount("/", own_routes())
}

struct Api {
    tenant: Tenant,
    app: App,
}

impl Api {
    async fn serve() -> Api {
        Api::with(|figment| figment).await
    }

    async fn with(change: impl FnOnce(Figment) -> Figment) -> Api {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = App::serve(api(change(two_settings(&tenant)))).await;
        Api { tenant, app }
    }

    async fn ask(&self, ask: Ask) -> Answer {
        let answer = Browser::new(&self.app).send(ask).await;
        assert!(answer.cookies().is_empty(), "{answer:?}");
        assert!(!answer.varies_by_cookie(), "{answer:?}");
        answer
    }

    fn token(&self) -> String {
        let issue = Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders"]);
        self.tenant.access_token(issue).unwrap()
    }
}

#[rocket::async_test]
async fn two_settings_are_enough_to_take_access_tokens() {
    let api = Api::serve().await;
    let token = api.token();
    let answer = api.ask(Ask::get("/orders").bearer(&token)).await;
    assert_eq!((answer.status, answer.body), (200, format!("orders of {ALICE}")));
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "cache-control").count(), 1);
    assert_eq!(api.ask(Ask::post("/known").bearer(&token)).await.body, ALICE);
    assert_eq!(api.ask(Ask::get("/greeting").bearer(&token)).await.body, format!("hello {ALICE}"));
    let other =
        api.tenant.access_token(Issue::user("alice").resource("https://other.your-app.com/api")).unwrap();
    let answer = api.ask(Ask::get("/orders").bearer(&other)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_audience"));
    let stale = api.ask(Ask::get("/fresh").bearer(&token)).await;
    assert_eq!((stale.status, stale.code().as_str()), (401, "insufficient_user_authentication"));
}

/// Nobody is sent to a sign-in that does not exist, whatever sends the request.
#[rocket::async_test]
async fn without_a_token_every_client_gets_a_challenge() {
    let api = Api::serve().await;
    let orders = || Ask::get("/orders");
    let asks = [
        orders(),
        orders().navigation(),
        orders().script(),
        orders().header("accept", "text/html"),
        orders().header("hx-request", "true"),
        orders().header("hx-request", "true").header("hx-boosted", "true"),
        orders().navigation().header("sec-purpose", "prefetch"),
        orders().header("cookie", "__Host-logto_0=x; logto_id=y; session=z"),
        orders().header("authorization", "Basic dTpw"),
        orders().navigation().header("authorization", "Basic dTpw"),
    ];
    for ask in asks {
        let answer = api.ask(ask.clone()).await;
        let challenge = r#"Bearer realm="shopping.your-app.com", scope="read:orders""#;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(challenge)), "{ask:?}");
        for header in ["location", "hx-redirect", "retry-after"] {
            assert_eq!(answer.header(header), None, "{ask:?}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!answer.body.contains("/sign-in"), "{answer:?}");
        let code =
            if format!("{ask:?}").contains("authorization") { "unsupported_scheme" } else { "not_signed_in" };
        assert_eq!(answer.code(), code, "{ask:?}");
    }
    // A request that changes something: there is no session that another site could use.
    let answer = api.ask(Ask::post("/known").header("sec-fetch-site", "cross-site")).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"));
    let answer = api.ask(Ask::get("/orders").bearer("nonsense").navigation()).await;
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(answer.status == 401 && challenge.contains("error=\"invalid_token\""), "{answer:?}");
    // An anonymous caller is still one, and the cookies are the application's own.
    let answer = api.ask(Ask::get("/greeting").header("cookie", "a=1; b=2")).await;
    assert_eq!(answer.body, "hello with 2 cookies");
}

#[rocket::async_test]
async fn no_route_of_sign_ins_is_mounted() {
    let api = Api::serve().await;
    for path in ["sign-in", "sign-up", "callback?code=c&state=s", "sign-out", "signed-out", "user", "webhook"]
    {
        let answer = api.ask(Ask::get(format!("/logto/{path}"))).await;
        assert_eq!(
            (answer.status, answer.header("x-content-type-options")),
            (404, Some("nosniff")),
            "{path}"
        );
    }
    assert_eq!(api.ask(Ask::post("/logto/backchannel-logout")).await.status, 404);
    // A handler that begins a sign-in is a mistake, and no redirect to nowhere.
    let answer = api.ask(Ask::get("/sign-in").navigation()).await;
    assert_eq!((answer.status, answer.header("location")), (500, None));
    for path in ["", "/api", "/x"] {
        let answer = api.ask(Ask::get(format!("/.well-known/oauth-protected-resource{path}"))).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[rocket::async_test]
async fn f23_metadata_needs_no_public_url() {
    let api = Api::with(|figment| figment.merge(("logto.resource_metadata", true))).await;
    let answer = api.ask(Ask::get("/.well-known/oauth-protected-resource/api")).await;
    let document = answer.json();
    assert_eq!(document["resource"], SHOPPING_API);
    assert_eq!(document["authorization_servers"][0], api.tenant.issuer());
    assert_eq!(document["scopes_supported"][0], "read:orders");
    let url = "https://shopping.your-app.com/.well-known/oauth-protected-resource/api";
    let refused = api.ask(Ask::get("/orders")).await;
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.ends_with(&format!(r#"resource_metadata="{url}""#)), "{challenge}");
}

#[rocket::async_test]
async fn a_public_url_is_the_realm_of_challenges() {
    let api = Api::with(|figment| figment.merge(("logto.public_url", "https://api.example.com"))).await;
    let answer = api.ask(Ask::get("/orders")).await;
    assert!(answer.header("www-authenticate").unwrap().starts_with(r#"Bearer realm="api.example.com""#));
}

#[catch(401)]
fn own_page() -> &'static str {
    "no token, no orders"
}

#[rocket::async_test]
async fn a_catcher_of_the_application_keeps_the_challenge() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = App::serve(api(two_settings(&tenant)).register("/", catchers![own_page])).await;
    let answer = Browser::new(&app).send(Ask::get("/orders").navigation()).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "no token, no orders"));
    assert!(answer.header("www-authenticate").is_some() && answer.header("location").is_none());
}

#[rocket::async_test]
async fn an_api_says_what_it_is_and_has_no_sessions() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let client = Client::tracked(api(two_settings(&tenant))).await.expect("it launches");
    let logto = client.rocket().state::<Logto>().unwrap();
    assert_eq!((logto.redirect_uri(), logto.post_sign_out_url()), (String::new(), ""));
    assert!(logto.redirect_uris().is_empty() && logto.post_sign_out_urls().is_empty());
    logto.end_sessions_of(ALICE).await.unwrap();
    assert!(logto.sessions_of(ALICE).await.unwrap().is_empty());
    let report = logto.access_report().expect("the application has launched");
    let of = |uri: &str| report.routes().iter().find(|route| route.uri() == uri).map(|route| route.access());
    assert_eq!(of("/orders"), Some(Access::Guarded));
    assert!(report.routes().iter().all(|route| !route.uri().starts_with("/logto")), "{report}");
    assert!(report.to_string().contains("by bearer"), "{report}");
    assert!(!report.to_string().contains("session"), "{report}");
}

#[get("/forgotten")]
fn forgotten() {}

/// The launch checks need no route of sign-ins.
#[rocket::async_test]
async fn a_route_without_a_guard_does_not_launch_where_it_must_not() {
    for metadata in [false, true] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let figment = two_settings(&tenant)
            .merge(("logto.unguarded", "deny"))
            .merge(("logto.resource_metadata", metadata));
        assert!(api(figment.clone()).ignite().await.is_ok());
        let refused =
            api(figment).mount("/", routes![forgotten]).ignite().await.expect_err("it is unguarded");
        assert!(matches!(refused.kind(), ErrorKind::SentinelAborts(_)), "{metadata}: {refused}");
    }
}
