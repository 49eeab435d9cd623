//! What is said at launch of where an application lives.

use logto_dev::Tenant;
use logto_rocket::{Logto, public};
use logto_tests::{App, LogCapture, settings};
use rocket::figment::Figment;
use rocket::{get, routes};

use crate::{ENOUGH, alone, refused, toml};

#[public]
#[get("/")]
fn index() {}

async fn launch(settings: &str) -> &'static str {
    refused(rocket::custom(toml(settings)).attach(Logto::fairing())).await
}

#[rocket::async_test]
async fn l01_wrong_addresses_are_named_at_once() {
    let log_capture = LogCapture::listen();
    let wrong = format!(
        "{ENOUGH}
        public_urls = [\"https://a.example/x/../y\", \"https://b.example/x%2fy\", \"https://c.example/?x\"]
        callback_path = \"/logto/sign-out\"
        no_such_setting_of_addresses = 1
        [default.logto.cookie]
        name = \"__Host-session\"
        domain = \"com\"
        path = \"/\"
        "
    );
    assert_eq!(launch(&wrong).await, "fairings");
    let lines = log_capture.lines();
    let report = &lines.iter().find(|line| line.text.contains("no_such_setting_of_addresses")).unwrap().text;
    for part in [
        "public_urls: `https://a.example/x/../y` is more than",
        "public_urls: `https://b.example/x%2fy` is more than",
        "public_urls: `https://c.example/` is more than",
        "callback_path: is the path of another route",
        "cookie.name: begins with a prefix",
        "cookie.domain: is not a domain name",
        "cookie.path: is not a setting",
    ] {
        assert!(report.contains(part), "{part} is missing in {report}");
    }
}

#[rocket::async_test]
async fn good_addresses_launch() {
    for good in [
        "public_url = \"https://a.example/shop/\"",
        "public_urls = [\"https://a.example\", \"https://b.example\"]",
        "proxy_strips_path = false",
        "callback_path = \"/api/auth/callback\"",
        "callback_path = \"/logto/callback\"",
        "cookie = { name = \"session\" }",
        "public_url = \"https://a.example.com\"\ncookie = { domain = \"example.com\" }",
    ] {
        assert_eq!(launch(&format!("{ENOUGH}{good}")).await, "nothing", "{good}");
    }
}

/// Rocket tells of two routes that could answer the same request.
#[rocket::async_test]
async fn a_callback_path_that_the_application_uses_does_not_launch() {
    let _alone = alone().await;
    let figment = toml(&format!("{ENOUGH}callback_path = \"/done\""));
    #[get("/done")]
    fn done() {}
    let rocket = rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![done]);
    let error = rocket.ignite().await.unwrap_err();
    assert!(matches!(error.kind(), rocket::error::ErrorKind::Collisions(_)), "{error:?}");
}

async fn serve(base: &'static str, change: impl FnOnce(Figment) -> Figment) {
    let _alone = alone().await;
    // In every test, and first: otherwise Rocket's own logger takes the place.
    LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = change(settings(&tenant).merge(("logto.proxy_strips_path", false)));
    App::serve(rocket::custom(figment).attach(Logto::fairing()).mount(base, routes![index])).await;
}

#[rocket::async_test]
async fn a_path_that_nothing_is_mounted_at_is_warned_about() {
    let log_capture = LogCapture::listen();
    serve("/", |figment| figment.merge(("logto.public_url", "http://localhost:8000/lost"))).await;
    let warning = log_capture.heard(&[
        "has the path /lost",
        "mount its routes at \"/lost\"",
        "proxy_strips_path = true",
    ]);
    assert!(warning, "the log says what to do");
    assert!(log_capture.heard(&["redirect URI http://localhost:8000/lost/logto/callback"]));
    serve("/found", |figment| figment.merge(("logto.public_url", "http://localhost:8000/found"))).await;
    let stripped = |figment: Figment| {
        figment
            .merge(("logto.public_url", "http://localhost:8000/cut"))
            .merge(("logto.proxy_strips_path", true))
    };
    serve("/", stripped).await;
    assert!(!log_capture.heard(&["has the path /found"]) && !log_capture.heard(&["has the path /cut"]));
}

#[rocket::async_test]
async fn a_domain_of_cookies_is_told_of() {
    let log_capture = LogCapture::listen();
    serve("/", |figment| {
        figment
            .merge(("logto.public_url", "https://app.told-of.example"))
            .merge(("logto.cookie.domain", "told-of.example"))
    })
    .await;
    assert!(log_capture.heard(&["cookie.domain", "every host below told-of.example"]));
}
