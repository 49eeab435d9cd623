//! What the feature gives to tests, it gives to nobody else.

use logto_rocket::Logto;
use logto_rocket::testing::{self, TestRequest, TestUser, assert_refused};
use logto_tests::{FlakyStore, LogCapture, rocket_settings};
use rocket::error::ErrorKind;
use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::providers::Serialized;
use rocket::futures::FutureExt as _;
use rocket::http::{Cookie, Header};
use rocket::local::blocking::Client;

use crate::app::{API, all_routes, clients, own_settings, rocket, text};

fn alice() -> TestUser {
    TestUser::new("alice").scopes("read:orders")
}

/// As in production: without the settings for tests.
fn production() -> Client {
    let settings = own_settings()
        .merge(("logto.endpoint", "http://localhost:9"))
        .merge(("logto.app_id", "application-under-test"))
        .merge(("logto.app_secret", "s"));
    Client::tracked(rocket(settings)).expect("it launches")
}

#[test]
fn cookies_and_headers_that_name_a_user_sign_nobody_in() {
    for client in clients() {
        for (name, value) in [
            ("Logto-Test-Refusal", "none"),
            ("Logto-Test-User", "alice"),
            ("X-Signed-In-As", "alice"),
            ("Authorization", "Test alice"),
            ("Cookie", "signed_in_as=alice; testing=alice"),
        ] {
            let response = client.get("/orders").header(Header::new(name, value)).dispatch();
            assert_eq!(response.status().code, 401, "{name}");
        }
        let response = client.get("/orders").cookie(Cookie::new("logto-test", "alice")).dispatch();
        assert_refused(&response, "not_signed_in");
    }
}

#[test]
fn sessions_and_tokens_of_a_test_are_nothing_elsewhere() {
    for client in clients() {
        let token = text(client.get("/upstream").signed_in_as(alice()).dispatch());
        let cookies: Vec<_> = client.cookies().iter().cloned().collect();
        assert!(!cookies.is_empty());
        let others = clients();
        // The tenant of the last one is out of reach, so nothing can be said of the token.
        for (other, of_token) in others.iter().map(|other| (other, 401)).chain([(&production(), 503)]) {
            let response = other.get("/orders").cookies(cookies.clone()).dispatch();
            assert_eq!(response.status().code, 401);
            let bearer = Header::new("Authorization", format!("Bearer {token}"));
            assert_eq!(other.get("/orders").header(bearer).dispatch().status().code, of_token);
        }
        let bearer = Header::new("Authorization", format!("Bearer {token}"));
        assert_eq!(client.get("/orders").header(bearer).dispatch().status().code, 200, "here it is good");
    }
}

#[test]
fn a_request_without_the_settings_has_no_code_of_its_refusal() {
    let client = production();
    let response = client.get("/orders").dispatch();
    assert_eq!((response.status().code, response.headers().get_one("Logto-Test-Refusal")), (401, None));
}

#[test]
fn the_setting_cannot_be_guessed() {
    for value in ["true", "1", "testing"] {
        let settings = own_settings().merge(("logto.testing", value));
        match Client::tracked(rocket(settings)) {
            Ok(_) => panic!("it launches with `{value}`"),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::FailedFairings(_)), "{value}: {error}"),
        }
    }
}

#[test]
fn a_real_tenant_of_the_settings_is_never_called() {
    let settings = own_settings()
        .merge(("logto.endpoint", "https://real.logto.app"))
        .merge(("logto.internal_endpoint", "http://logto.internal"))
        .merge(("logto.app_id", "shop"))
        .merge(("logto.app_secret_file", "/nowhere/secret"))
        .merge(("logto.cookie_keys_file", "/nowhere/keys"))
        .merge(("logto.warm_up", "required"));
    let configured = testing::configure(rocket(settings));
    // Nor one that is set after it.
    let later = configured.figment().clone().merge(("logto.endpoint", "https://later.logto.app"));
    let client = Client::tracked(configured.configure(later)).expect("it launches");
    testing::assert_allowed(&client.get("/orders").signed_in_as(alice().tokens_expired()).dispatch());
    let location = client.get("/logto/sign-in").dispatch();
    let location = location.headers().get_one("Location").expect("a redirect").to_owned();
    assert!(location.starts_with("https://logto.test/") && location.contains("client_id=shop"), "{location}");
    testing::assert_no_requests(&client);
}

#[test]
fn a_store_of_the_application_is_not_called() {
    LogCapture::listen();
    let store = FlakyStore::new();
    store.set_down(true);
    let rocket = rocket::custom(own_settings()).attach(Logto::fairing().session_store(store));
    let client = Client::tracked(testing::configure(rocket.mount("/", all_routes()))).expect("it launches");
    testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
    testing::assert_allowed(&client.get("/orders").dispatch());
}

#[test]
fn the_address_of_production_makes_no_difference() {
    let settings = own_settings().merge(("logto.public_url", "https://shop.example.com"));
    let client = Client::tracked(testing::configure(rocket(settings))).expect("it launches");
    testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
    testing::assert_allowed(&client.get("/orders").dispatch());
    assert!(client.cookies().iter().any(|cookie| cookie.name().starts_with("__Host-")));
}

#[test]
fn a_release_profile_needs_no_settings_of_production() {
    let settings = rocket::Config::figment()
        .select("release")
        .merge(("log_level", "off"))
        .merge(("secret_key", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
        .merge(("logto.resources", [API]));
    let client = Client::tracked(testing::configure(rocket(settings))).expect("it launches");
    testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
}

#[rocket::async_test]
async fn a_server_does_not_listen_with_the_settings_of_a_test() {
    let log = LogCapture::listen();
    let rocket = testing::configure(rocket(rocket_settings().merge(("logto.resources", [API]))));
    // It comes back by itself.
    rocket.launch().await.expect("it shuts down in order");
    assert!(log.heard(&["a server must not listen with them"]), "the log says why");
}

#[rocket::async_test]
async fn nor_with_a_port_of_its_own() {
    let settings = rocket_settings().merge(("logto.resources", [API]));
    let in_use = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = in_use.local_addr().expect("its address").port();
    // It listens on a port that the system picks, until it shuts down.
    let configured = testing::configure(rocket(settings));
    let later = configured.figment().clone().merge(Serialized::global("port", port));
    configured.configure(later).launch().await.expect("it shuts down in order");
}

/// A handler that waits for [`rocket::Shutdown`] must be testable.
#[test]
fn a_local_client_is_not_shut_down() {
    let with_port = |port: u16| {
        let settings = own_settings().merge(("port", port));
        Client::tracked(testing::configure(rocket(settings))).expect("it launches")
    };
    for client in clients().into_iter().chain([with_port(0), with_port(8000)]) {
        testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
        assert!(client.rocket().shutdown().now_or_never().is_none(), "the shutdown has begun");
    }
}

/// A fairing that sets a port when the application ignites.
fn sets_port(port: u16) -> impl Fairing {
    AdHoc::on_ignite("a port of its own", move |rocket| async move {
        let figment = rocket.figment().clone().merge(Serialized::global("port", port));
        rocket.configure(figment)
    })
}

#[test]
fn a_local_client_is_not_shut_down_by_a_fairing_that_sets_the_port() {
    let rocket = testing::configure(rocket(own_settings())).attach(sets_port(8000));
    let client = Client::tracked(rocket).expect("it launches");
    testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
    assert!(client.rocket().shutdown().now_or_never().is_none(), "the shutdown has begun");
}

#[rocket::async_test]
async fn a_server_does_not_listen_on_a_port_that_a_fairing_sets() {
    let in_use = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = in_use.local_addr().expect("its address").port();
    let settings = rocket_settings().merge(("logto.resources", [API]));
    let rocket = testing::configure(rocket(settings)).attach(sets_port(port));
    rocket.launch().await.expect("it shuts down in order");
}

/// Such a fairing ignites last. With its port a server cannot be told from a local client.
#[test]
fn a_fairing_of_a_fairing_must_not_set_the_port() {
    let log = LogCapture::listen();
    let attaches = AdHoc::on_ignite("a fairing of its own", |rocket| async {
        let attaches = AdHoc::on_ignite("another", |rocket| async { rocket.attach(sets_port(8000)) });
        rocket.attach(attaches)
    });
    let rocket = testing::configure(rocket(own_settings())).attach(attaches);
    let client = Client::tracked(rocket).expect("it launches");
    assert!(client.rocket().shutdown().now_or_never().is_some(), "the shutdown has begun");
    assert!(log.heard(&["a fairing sets `port`"]), "the log says why");
}
