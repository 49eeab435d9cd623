//! Bearer tokens of users and machines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use logto_rocket::testing::{self, TestMachine, TestRequest, TestUser, assert_allowed, assert_refused};
use logto_rocket::{Logto, require_auth};
use logto_tests::LogCapture;
use rocket::local::blocking::Client;
use rocket::{get, routes};

use crate::app::{API, client, client_with, own_settings, text};

fn alice() -> TestUser {
    TestUser::new("alice").scopes("read:orders")
}

#[test]
fn users_and_machines_send_bearer_tokens() {
    let client = client();
    assert_eq!(text(client.get("/orders").signed_in_as(alice().bearer()).dispatch()), "alice user bearer");
    let nightly = TestMachine::new("nightly").scopes("read:orders");
    assert_eq!(text(client.get("/orders").signed_in_as(nightly).dispatch()), "nightly machine bearer");
    assert_refused(
        &client.get("/orders").signed_in_as(TestMachine::new("idle")).dispatch(),
        "insufficient_scope",
    );
    assert_refused(
        &client.get("/profile").signed_in_as(TestMachine::new("idle")).dispatch(),
        "subject_not_accepted",
    );
    assert_refused(&client.get("/orders").dispatch(), "not_signed_in");
    testing::assert_no_requests(&client);
}

#[test]
fn tokens_that_are_no_good_are_refused() {
    let client = client();
    let get = || client.get("/orders");
    for (bearer, code) in [
        (alice().bearer().expired(), "token_expired"),
        (alice().bearer().issued_ago(Duration::from_secs(3700)), "token_expired"),
        (alice().bearer().resource("https://elsewhere.example/api"), "token_audience"),
        (alice().bearer().another_tenant(), "token_issuer"),
    ] {
        let response = get().signed_in_as(bearer).dispatch();
        assert_refused(&response, code);
        assert_eq!(response.status().code, 401, "{code}");
        assert!(
            response.headers().get_one("WWW-Authenticate").is_some_and(|one| one.contains("invalid_token"))
        );
    }
    testing::assert_no_requests(&client);
}

#[test]
fn roles_and_organizations_are_not_in_every_token() {
    let client = client();
    let refused = |path: &'static str, bearer, code| {
        assert_refused(&client.get(path).signed_in_as(bearer).dispatch(), code);
    };
    let alice = alice().roles(["admin"]).organization("acme", ["admin"]);
    refused("/admin", alice.clone().bearer(), "roles_unknown");
    refused("/admin", TestMachine::new("nightly").bearer(), "subject_not_accepted");
    refused("/orgs/globex/orders", alice.bearer().organization("acme"), "wrong_organization");
}

#[test]
fn tokens_of_other_applications_and_custom_claims_are_judged() {
    let client = client_with(own_settings().merge(("logto.bearer_clients", ["mobile-app"])));
    assert_allowed(&client.get("/orders").signed_in_as(alice().bearer()).dispatch());
    assert_refused(
        &client.get("/orders").signed_in_as(alice().bearer().client("other-app")).dispatch(),
        "client_not_accepted",
    );
    let paying = alice().token_claim("plan", "gold").bearer();
    assert_eq!(text(client.get("/plan").signed_in_as(paying).dispatch()), "gold");
}

#[test]
fn a_bearer_token_is_exchanged_for_what_its_user_may_do() {
    let client = client();
    let alice = alice().scopes_for("https://reports.your-app.com/api", "read:reports");
    let bearer = alice.bearer().resource(API);
    assert_eq!(text(client.get("/exchange").signed_in_as(bearer).dispatch()), "read:reports");
}

#[test]
fn an_api_alone_takes_bearer_tokens() {
    #[require_auth(scopes = "read:orders")]
    #[get("/")]
    fn orders() {}

    LogCapture::listen();
    let settings = testing::figment_of_api().merge(("log_level", "off")).merge(("logto.resources", [API]));
    let rocket = rocket::custom(settings).attach(Logto::fairing()).mount("/", routes![orders]);
    let client = Client::tracked(rocket).expect("it launches");
    assert_allowed(&client.get("/").signed_in_as(alice().bearer()).dispatch());
    assert_refused(&client.get("/").dispatch(), "not_signed_in");
    assert_eq!(client.get("/logto/sign-in").dispatch().status().code, 404);
    let session = catch_unwind(AssertUnwindSafe(|| {
        client.get("/").signed_in_as(alice()).dispatch();
    }));
    let said = *session.expect_err("it has no sessions").downcast::<String>().expect("a text");
    assert!(said.contains("`.bearer()`"), "{said}");
}
