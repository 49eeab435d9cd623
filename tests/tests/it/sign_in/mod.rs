//! Sign-ins that an application begins itself, with parameters of its choice.

use std::collections::BTreeSet;
use std::time::Duration;

use logto_dev::{Endpoint, Tenant};
use logto_rocket::{DirectSignIn, FirstScreen, Logto, OrganizationId, SignIn, SignInIdentifier};
use logto_tests::{App, Ask, Bench, Browser, param};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::{get, post, routes};

use crate::hostile_paths::HOSTILE_PATHS;

#[get("/join/<org>")]
fn join(org: OrganizationId) -> SignIn {
    SignIn::new().register().organization(&org).return_to(rocket::uri!("/claims"))
}

#[get("/everything")]
fn everything() -> SignIn {
    SignIn::new()
        .first_screen(FirstScreen::IdentifierSignIn)
        .identifiers([SignInIdentifier::Email, SignInIdentifier::Phone])
        .login_hint("alice@example.com")
        .direct_sign_in(DirectSignIn::enterprise_sso("connector1"))
        .ui_locales("fr-CA fr")
        .max_age(Duration::from_millis(300_500))
        .parameter("utm_source", "first")
        .parameter("utm_source", "mail & more")
        .return_to("/known?a=b%26c")
}

#[get("/magic?<token>&<email>")]
fn magic(token: String, email: String) -> SignIn {
    SignIn::new().one_time_token(token, email).return_to("/known")
}

#[post("/leave")]
fn elsewhere() -> SignIn {
    SignIn::new().return_to("https://evil.example/")
}

#[get("/hostile/<index>")]
fn hostile(index: usize) -> SignIn {
    SignIn::new().return_to(HOSTILE_PATHS[index])
}

#[get("/wrong/<which>")]
fn wrong(which: u8) -> SignIn {
    let sign_in = SignIn::new();
    match which {
        0 => sign_in.parameter("state", "fixed"),
        1 => sign_in.parameter("redirect_uri", "https://evil.example"),
        2 => sign_in.direct_sign_in(DirectSignIn::social("a/../b")),
        3 => sign_in.ui_locales("en\r\nx: y"),
        4 => sign_in.login_hint(""),
        _ => sign_in.one_time_token("a b", "alice@example.com"),
    }
}

async fn bench_with(change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = Bench::rocket(&tenant, Logto::fairing(), change)
        .mount("/", routes![join, everything, magic, elsewhere, hostile, wrong]);
    let app = App::serve(rocket).await;
    Bench { tenant, app }.warm().await
}

async fn bench() -> Bench {
    bench_with(|figment| figment).await
}

/// Where a route that begins a sign-in leads, in the end.
async fn authorization_of(bench: &Bench, path: &str) -> Url {
    let mut browser = bench.browser();
    let answer = browser.open(path).await;
    assert_eq!(answer.status, 303, "{path}");
    assert!(answer.location().starts_with("/logto/sign-in?request="), "{}", answer.location());
    let answer = browser.open(answer.location().to_owned()).await;
    Url::parse(answer.location()).unwrap()
}

fn parameters(url: &Url, names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| param(url, name)).collect()
}

fn texts(texts: &[Option<&str>]) -> Vec<Option<String>> {
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

#[rocket::async_test]
async fn an_invitation_registers_in_the_branding_of_its_organization_and_comes_back() {
    let bench = bench().await;
    let mut browser = bench.browser();
    let answer = browser.open("/join/acme").await;
    answer.assert_decent();
    let answer = browser.open(answer.location().to_owned()).await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(
        parameters(&url, &["first_screen", "organization_id", "prompt"]),
        texts(&[Some("register"), Some("acme"), Some("consent")])
    );
    let callback = bench.tenant.sign_in(&url, "alice").await.unwrap();
    let answer = browser.open(&callback[url::Position::BeforePath..]).await;
    assert_eq!((answer.status, answer.location()), (303, "/claims"));
    assert_eq!(browser.open("/claims").await.status, 200);
    assert_eq!(bench.call(Ask::get("/join/a%20b").navigation()).await.status, 422, "it can be no id");
}

#[rocket::async_test]
async fn each_parameter_reaches_logto_as_it_is_called_there() {
    let bench = bench().await;
    let url = authorization_of(&bench, "/everything").await;
    let names =
        ["first_screen", "identifier", "login_hint", "direct_sign_in", "ui_locales", "max_age", "utm_source"];
    let expected = [
        "identifier:sign_in",
        "email phone",
        "alice@example.com",
        "sso:connector1",
        "fr-CA fr",
        "300",
        "mail & more",
    ];
    assert_eq!(parameters(&url, &names), texts(&expected.map(Some)));
    let all: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let once: BTreeSet<&String> = all.iter().filter(|name| *name != "resource").collect();
    assert_eq!(
        once.len(),
        all.iter().filter(|name| *name != "resource").count(),
        "none stands twice: {all:?}"
    );
}

/// Logto takes a one-time token only from a browser that shows its pages (recording 36).
#[rocket::async_test]
async fn a_magic_link_asks_for_a_sign_in_whatever_session_logto_has() {
    let bench = bench().await;
    let url = authorization_of(&bench, "/magic?token=one-time&email=alice@example.com").await;
    assert_eq!(
        parameters(&url, &["one_time_token", "login_hint", "prompt"]),
        texts(&[Some("one-time"), Some("alice@example.com"), Some("login consent")])
    );
    let bench = bench_with(|figment| figment.merge(("logto.prompt", "login consent"))).await;
    let url = authorization_of(&bench, "/magic?token=one-time&email=alice@example.com").await;
    assert_eq!(param(&url, "prompt").as_deref(), Some("login consent"), "and asks once");
}

#[rocket::async_test]
async fn b04_what_only_the_application_may_choose_is_taken_from_no_query() {
    let bench = bench().await;
    let mut browser = bench.browser();
    let plain = browser.begin("").await;
    let answer = browser
        .open("/logto/sign-in?one_time_token=x&organization_id=acme&prompt=login&utm_source=x&request=AAAA")
        .await;
    let url = Url::parse(answer.location()).unwrap();
    let names = |url: &Url| url.query_pairs().map(|(name, _)| name.into_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&url), names(&plain));
    assert_eq!(param(&url, "prompt").as_deref(), Some("consent"));
    let answer = browser.open("/logto/sign-in?identifier=email%20phone&direct_sign_in=social:google").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(
        parameters(&url, &["identifier", "direct_sign_in"]),
        texts(&[Some("email phone"), Some("social:google")])
    );
    let answer = browser.open("/logto/sign-in?identifier=evil&direct_sign_in=social:a/../b").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(parameters(&url, &["identifier", "direct_sign_in"]), [None, None]);
}

#[rocket::async_test]
async fn a_sealed_request_opens_for_ten_minutes_in_its_browser_and_as_it_was_made() {
    let bench = bench().await;
    let mut browser = bench.browser();
    let address = browser.open("/magic?token=one-time&email=alice@example.com").await.location().to_owned();
    let token = async |browser: &Browser, address: &str| {
        let answer = browser.clone().open(address).await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(
            param(&url, "prompt").as_deref() == Some("login consent"),
            param(&url, "one_time_token").is_some()
        );
        param(&url, "one_time_token")
    };
    assert_eq!(token(&browser, &address).await.as_deref(), Some("one-time"));
    assert_eq!(token(&bench.browser(), &address).await, None, "another browser, that was sent the link");
    let mut another = bench.browser();
    another.open("/magic?token=other&email=bob@example.com").await;
    assert_eq!(token(&another, &address).await, None, "another browser, with a link of its own");
    let second = browser.open("/magic?token=second&email=alice@example.com").await.location().to_owned();
    assert_eq!(token(&browser, &address).await.as_deref(), Some("one-time"), "two tabs");
    assert_eq!(token(&browser, &second).await.as_deref(), Some("second"), "two tabs");
    let last = address.len() - 1;
    let other = if address.ends_with('A') { "B" } else { "A" };
    assert_eq!(token(&browser, &format!("{}{other}", &address[..last])).await, None, "changed");
    assert_eq!(token(&browser, &address[..last - 8]).await, None, "cut");
    assert_eq!(token(&browser, &address.replace("sign-in", "sign-up")).await, None, "on another route");
    let stranger = bench_with(|figment| figment.merge(("logto.prefix", "/auth"))).await;
    let answer = stranger.browser().open(address.replace("/logto/", "/auth/")).await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(param(&url, "one_time_token"), None, "of another application");
    bench.tenant.clock().advance(Duration::from_secs(590));
    assert_eq!(token(&browser, &address).await.as_deref(), Some("one-time"));
    bench.tenant.clock().advance(Duration::from_secs(10));
    assert_eq!(token(&browser, &address).await, None, "ten minutes later");
    let url = Url::parse(browser.open(address).await.location()).unwrap();
    let callback = bench.tenant.sign_in(&url, "alice").await.unwrap();
    assert_eq!(
        browser.open(&callback[url::Position::BeforePath..]).await.location(),
        "/known",
        "its path stays"
    );
}

/// A link of somebody else's must not make a sign-in older than the application accepts.
#[rocket::async_test]
async fn a_visitor_asks_for_no_older_sign_in_than_the_settings() {
    let bench = bench_with(|figment| figment.merge(("logto.sign_in.max_age", "5m"))).await;
    for (query, sent) in [("", "300"), ("?max_age=60", "60"), ("?max_age=999999", "300")] {
        let answer = bench.browser().open(format!("/logto/sign-in{query}")).await;
        assert_eq!(
            param(&Url::parse(answer.location()).unwrap(), "max_age").as_deref(),
            Some(sent),
            "{query}"
        );
    }
}

#[test]
fn a_sign_in_shows_no_values() {
    let sign_in = SignIn::new().one_time_token("hush", "alice@example.com").parameter("secret_code", "1234");
    let text = format!("{sign_in:?}");
    assert!(text.contains("one_time_token") && text.contains("secret_code"), "{text}");
    assert!(!text.contains("hush") && !text.contains("alice") && !text.contains("1234"), "{text}");
}

#[rocket::async_test]
async fn scripts_and_htmx_are_told_where_the_page_has_to_go() {
    let bench = bench().await;
    let answer = bench.call(Ask::get("/everything").script()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["location"].as_str().unwrap().starts_with("/logto/sign-in?request="));
    let answer = bench.call(Ask::get("/everything").script().header("hx-request", "true")).await;
    assert!(answer.header("hx-redirect").unwrap().starts_with("/logto/sign-in?request="));
}

#[rocket::async_test]
async fn a_sign_in_leads_back_to_this_application_alone() {
    let bench = bench().await;
    let mut browser = bench.browser();
    let answer = browser.submit("/leave").await;
    assert_eq!(answer.status, 303, "a form may begin one");
    let answer = browser.open(answer.location().to_owned()).await;
    let callback = bench.tenant.sign_in(answer.location(), "alice").await.unwrap();
    let answer = browser.open(&callback[url::Position::BeforePath..]).await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
}

/// The same strings that the query of the sign-in route is tested with.
#[rocket::async_test]
async fn l01_no_return_path_of_a_handler_leaves_the_site() {
    let bench = bench().await;
    for (index, path) in HOSTILE_PATHS.iter().enumerate() {
        let mut browser = bench.browser();
        let answer = browser.open(format!("/hostile/{index}")).await;
        assert!(answer.location().starts_with("/logto/sign-in?request="), "{path:?}: {answer:?}");
        let answer = browser.open(answer.location()).await;
        let callback = bench.tenant.sign_in(answer.location(), "alice").await.unwrap();
        let answer = browser.open(&callback[url::Position::BeforePath..]).await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{path:?}");
    }
}

#[rocket::async_test]
async fn b04_what_the_library_sets_cannot_be_overridden() {
    let bench = bench().await;
    for which in 0..=5 {
        let answer = bench.call(Ask::get(format!("/wrong/{which}")).navigation()).await;
        assert_eq!(answer.status, 500, "{which}");
        assert_eq!(answer.header("location"), None, "{which}");
    }
    assert_eq!(bench.count(Endpoint::Authorize), 0);
}

#[rocket::async_test]
async fn settings_are_the_defaults_of_every_sign_in() {
    let bench = bench_with(|figment| {
        figment
            .merge(("logto.sign_in.ui_locales", "de"))
            .merge(("logto.sign_in.first_screen", "identifier:sign_in"))
            .merge(("logto.sign_in.identifiers", ["email"]))
            .merge(("logto.sign_in.organization_id", "acme"))
            .merge(("logto.sign_in.parameters.campaign", "autumn"))
    })
    .await;
    let names = ["first_screen", "identifier", "organization_id", "ui_locales", "campaign"];
    let url = bench.browser().begin("/known").await;
    let expected = ["identifier:sign_in", "email", "acme", "de", "autumn"];
    assert_eq!(parameters(&url, &names), texts(&expected.map(Some)));
    let url = authorization_of(&bench, "/join/globex").await;
    let expected = ["register", "email", "globex", "de", "autumn"];
    assert_eq!(parameters(&url, &names), texts(&expected.map(Some)));
}
