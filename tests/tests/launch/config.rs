//! Settings, and what is said of wrong ones.

use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::Logto;
use logto_tests::{App, Browser, LogCapture, ORIGIN, param, settings};
use reqwest::Url;
use rocket::figment::Figment;

use crate::{ENOUGH, alone, refused, toml};

async fn launch(figment: Figment) -> &'static str {
    refused(rocket::custom(figment).attach(Logto::fairing())).await
}

#[rocket::async_test]
async fn three_settings_are_enough() {
    assert_eq!(launch(toml(ENOUGH)).await, "nothing");
}

#[rocket::async_test]
async fn without_settings_the_launch_says_where_they_go() {
    let log_capture = LogCapture::listen();
    assert_eq!(launch(toml("")).await, "fairings");
    assert!(log_capture.heard(&["[default.logto]", "ROCKET_LOGTO", "endpoint", "app_id", "app_secret"]));
}

#[rocket::async_test]
async fn every_wrong_setting_is_named_at_once() {
    let log_capture = LogCapture::listen();
    let wrong = r#"
        [default.logto]
        endpoint = "ftp://teapot.example"
        app_id = 7
        app_secret = ""
        public_url = "https://app.example.com/path?x"
        prefix = "no slash"
        resources = ["orders", "https://x.example/#fragment"]
        scopes = ["a\"b"]
        prompt = "none"
        cookie_keys = ["short"]
        session_idle = "soon"
        session_absolute = 0
        clock_leeway = "1h"
        warm_up = "maybe"
        default_return_to = "//evil.example"
        post_sign_out_url = "nowhere"
        trusted_origins = ["example.com"]
        endpont = "x"
    "#;
    assert_eq!(launch(toml(wrong)).await, "fairings");
    let lines = log_capture.lines();
    let report = &lines.iter().find(|line| line.text.contains("endpont")).unwrap().text;
    for name in [
        "endpoint",
        "app_id",
        "app_secret",
        "public_url",
        "prefix",
        "resources",
        "scopes",
        "prompt",
        "cookie_keys",
        "session_idle",
        "session_absolute",
        "clock_leeway",
        "warm_up",
        "default_return_to",
        "post_sign_out_url",
        "trusted_origins",
    ] {
        assert!(report.contains(&format!("\n  {name}: ")), "{name} is missing in {report}");
    }
    assert!(report.contains("did you mean `endpoint`?"), "{report}");
}

#[rocket::async_test]
async fn g05_production_guesses_nothing() {
    let log_capture = LogCapture::listen();
    let release = toml(&format!("{ENOUGH}app_name_for_this_test = \"x\"")).select("release");
    assert_eq!(launch(release).await, "fairings");
    let lines = log_capture.lines();
    let report = &lines.iter().find(|line| line.text.contains("app_name_for_this_test")).unwrap().text;
    assert!(
        report.contains("cookie_keys: is missing") && report.contains("public_url: is missing"),
        "{report}"
    );
    let whole = format!(
        "{ENOUGH}public_url = \"https://app.example.com\"\ncookie_keys = [\"b5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4u\"]"
    );
    assert_eq!(launch(toml(&whole).select("release")).await, "nothing");
}

#[rocket::async_test]
async fn g05_a_weak_key_is_refused() {
    for weak in [
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababababababababababababab",
        "",
    ] {
        assert_eq!(launch(toml(&format!("{ENOUGH}cookie_keys = [\"{weak}\"]"))).await, "fairings", "{weak}");
    }
    assert_eq!(launch(toml(&format!("{ENOUGH}cookie_keys = []"))).await, "fairings");
}

/// The messages offer both forms, so both must work.
#[rocket::async_test]
async fn a_duration_is_a_text_or_a_number_of_seconds() {
    for (setting, value) in [
        ("session_idle", "\"30m\""),
        ("session_idle", "\"1800\""),
        ("session_idle", "1800"),
        ("session_absolute", "86400"),
        ("request_timeout", "5"),
        ("connect_timeout", "2"),
        ("clock_leeway", "0"),
        ("clock_leeway", "30"),
    ] {
        assert_eq!(
            launch(toml(&format!("{ENOUGH}{setting} = {value}"))).await,
            "nothing",
            "{setting} = {value}"
        );
    }
    for (setting, value) in
        [("session_idle", "0"), ("session_idle", "-5"), ("session_idle", "1.5"), ("clock_leeway", "301")]
    {
        assert_eq!(
            launch(toml(&format!("{ENOUGH}{setting} = {value}"))).await,
            "fairings",
            "{setting} = {value}"
        );
    }
}

#[rocket::async_test]
async fn addresses_that_would_give_tokens_away_are_refused() {
    for (setting, value) in [
        ("public_url", "http://app.example.com"),
        ("public_url", "http://localhost.evil.example"),
        ("public_url", "https://app.example.com/?x"),
        ("public_url", "app.example.com"),
        ("post_sign_out_url", "javascript:alert(1)"),
        ("internal_endpoint", "unix:/run/logto"),
    ] {
        assert_eq!(
            launch(toml(&format!("{ENOUGH}{setting} = \"{value}\""))).await,
            "fairings",
            "{setting} = {value}"
        );
    }
    for endpoint in ["http://logto.example.com", "https://t.logto.app/oidc", "https://t.logto.app/?x=1"] {
        let figment = toml(ENOUGH).merge(("logto.endpoint", endpoint));
        assert_eq!(launch(figment).await, "fairings", "{endpoint}");
    }
}

#[rocket::async_test]
async fn no_secret_is_told_in_an_error() {
    let log_capture = LogCapture::listen();
    let wrong = r#"
        [default.logto]
        endpoint = "x"
        app_id = "a"
        app_secret = "planted-secret-of-the-app"
        cookie_keys = ["planted-short-key"]
    "#;
    assert_eq!(launch(toml(wrong)).await, "fairings");
    let told: Vec<_> = log_capture
        .lines()
        .into_iter()
        .filter(|line| line.text.contains("planted-s") && !line.target.starts_with("rocket"))
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

#[rocket::async_test]
async fn a_prefix_moves_the_routes_and_the_redirect_uri() {
    LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = settings(&tenant).merge(("logto.prefix", "/account/"));
    let _alone = alone().await;
    let app = App::serve(rocket::custom(figment).attach(Logto::fairing())).await;
    let mut browser = Browser::new(&app);
    assert_eq!(browser.open("/logto/sign-in").await.status, 404);
    let answer = browser.open("/account/sign-in").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(param(&url, "redirect_uri"), Some(format!("{ORIGIN}/account/callback")));
    assert_eq!(browser.open("/account/callback?state=x&code=y").await.status, 400);
    assert_eq!(browser.fetch("/account/user").await.status, 200);
}

#[rocket::async_test]
async fn warm_up_waits_for_logto_only_where_it_is_required() {
    LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let required = || settings(&tenant).merge(("logto.warm_up", "required"));
    assert_eq!(launch(required()).await, "nothing");
    for endpoint in [Endpoint::Discovery, Endpoint::Jwks] {
        tenant.faults().clear();
        tenant.faults().on(endpoint).fault(Fault::Status(500));
        assert_eq!(launch(required()).await, "fairings", "{endpoint:?}");
        assert_eq!(launch(settings(&tenant)).await, "nothing", "{endpoint:?}");
    }
}

/// What must be registered in Logto is said at launch, ready to be copied.
#[rocket::async_test]
async fn the_launch_says_what_to_register() {
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let _alone = alone().await;
    let _app = App::serve(rocket::custom(settings(&tenant)).attach(Logto::fairing())).await;
    assert!(log_capture.heard(&[
        &format!("{ORIGIN}/logto/callback"),
        &format!("{ORIGIN}/"),
        &tenant.issuer()
    ]));
}
