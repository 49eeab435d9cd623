//! Users with sessions.

use std::time::Duration;

use logto_rocket::Logto;
use logto_rocket::testing::{self, TestRequest, TestUser, assert_redirects_to_sign_in, assert_refused};
use rocket::http::{Accept, Status};
use rocket::local::{asynchronous, blocking};

use crate::app::{API, Cart, client, clients, own_settings, rocket, text};

fn alice() -> TestUser {
    TestUser::new("alice").name("Alice Example").email("alice@example.com").scopes("read:orders")
}

#[test]
fn a_user_is_signed_in_with_claims_scopes_and_roles() {
    for client in clients() {
        assert_eq!(
            text(client.get("/profile").signed_in_as(alice()).dispatch()),
            "alice Alice Example alice@example.com"
        );
        assert_eq!(text(client.get("/orders").signed_in_as(alice()).dispatch()), "alice user session");
        assert_refused(
            &client.get("/orders").signed_in_as(TestUser::new("bob")).dispatch(),
            "insufficient_scope",
        );
        assert_refused(&client.get("/admin").signed_in_as(alice()).dispatch(), "missing_role");
        testing::assert_allowed(&client.get("/admin").signed_in_as(alice().roles(["admin"])).dispatch());
        testing::assert_no_requests(&client);
    }
}

#[test]
fn nobody_is_sent_to_sign_in_or_refused() {
    let client = client();
    assert_refused(&client.get("/profile").dispatch(), "not_signed_in");
    assert_redirects_to_sign_in(&client.get("/profile").header(Accept::HTML).dispatch());
}

#[test]
fn tracked_clients_stay_signed_in_and_change_users() {
    for client in clients() {
        assert_eq!(text(client.get("/").dispatch()), "nobody");
        assert_eq!(text(client.get("/").signed_in_as(alice()).dispatch()), "alice");
        assert_eq!(text(client.get("/").dispatch()), "alice");
        assert_eq!(text(client.get("/").signed_in_as(TestUser::new("bob")).dispatch()), "bob");
        assert_eq!(text(client.get("/").dispatch()), "bob");
        client.post("/logto/sign-out?local=true").dispatch();
        assert_eq!(text(client.get("/").dispatch()), "nobody");
    }
}

#[test]
fn untracked_clients_are_signed_in_for_one_request() {
    let client =
        blocking::Client::untracked(testing::configure(rocket(own_settings()))).expect("it launches");
    assert_eq!(text(client.get("/").signed_in_as(alice()).dispatch()), "alice");
    assert_eq!(text(client.get("/").dispatch()), "nobody");
}

#[rocket::async_test]
async fn asynchronous_clients_are_signed_in_too() {
    let app = || testing::configure(rocket(own_settings()));
    let tracked = asynchronous::Client::tracked(app()).await.expect("it launches");
    let response = tracked.get("/orders").signed_in_as(alice()).dispatch().await;
    testing::assert_allowed(&response);
    assert_eq!(response.into_string().await.as_deref(), Some("alice user session"));
    testing::assert_allowed(&tracked.get("/profile").dispatch().await);
    let untracked = asynchronous::Client::untracked(app()).await.expect("it launches");
    testing::assert_allowed(&untracked.get("/orders").signed_in_as(alice()).dispatch().await);
    assert_refused(&untracked.get("/orders").dispatch().await, "not_signed_in");
    testing::assert_no_requests(&untracked);
}

#[test]
fn a_sign_in_of_long_ago_needs_a_step_up() {
    for client in clients() {
        let post = || client.post("/delete-account");
        testing::assert_allowed(&post().signed_in_as(alice()).dispatch());
        let stale = alice().signed_in_ago(Duration::from_secs(301));
        assert_refused(&post().signed_in_as(&stale).dispatch(), "insufficient_user_authentication");
        testing::assert_allowed(&client.get("/orders").signed_in_as(&stale).dispatch());
    }
}

#[test]
fn what_has_expired_stays_so_without_a_refresh_token() {
    for client in clients() {
        let admin = alice().roles(["admin"]).without_refresh_token();
        testing::assert_allowed(&client.get("/admin").signed_in_as(&admin).dispatch());
        for expired in [
            admin.clone().tokens_expired(),
            alice().roles(["admin"]).tokens_expired().without_refresh_token(),
        ] {
            let response = client.get("/admin").signed_in_as(expired).dispatch();
            assert_refused(&response, "not_granted");
        }
        testing::assert_no_requests(&client);
    }
}

#[test]
fn a_request_that_cannot_be_sent_names_its_line_in_the_test() {
    let settings = testing::figment_of_api().merge(("logto.resources", [API]));
    let api = blocking::Client::untracked(rocket::custom(settings).attach(Logto::fairing()));
    let api = api.expect("it launches");
    let line = line!() + 1;
    let request = api.get("/").signed_in_as(alice());
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| request.dispatch().status()));
    let payload = panic.expect_err("an API alone has no sessions");
    let message = payload.downcast_ref::<String>().expect("a message");
    assert!(message.contains(&format!("{}:{line}", file!())), "{message}");
}

#[test]
fn sessions_that_are_over_are_told_from_those_that_last() {
    for client in clients() {
        for over in
            [alice().expired(), alice().ended(), alice().signed_in_ago(Duration::from_secs(15 * 24 * 3600))]
        {
            let response = client.get("/profile").signed_in_as(&over).dispatch();
            assert_refused(&response, "not_signed_in");
            assert_eq!(response.status(), Status::Unauthorized);
            assert_redirects_to_sign_in(
                &client.get("/profile").header(Accept::HTML).signed_in_as(&over).dispatch(),
            );
            assert_eq!(text(client.get("/").dispatch()), "nobody");
        }
    }
}

#[test]
fn the_clock_of_the_application_moves() {
    for client in clients() {
        testing::assert_allowed(&client.get("/orders").signed_in_as(alice()).dispatch());
        testing::advance(&client, Duration::from_secs(2 * 3600));
        // Its token has expired by now, and is fetched within the process.
        testing::assert_allowed(&client.get("/orders").dispatch());
        assert_refused(&client.post("/delete-account").dispatch(), "insufficient_user_authentication");
        testing::advance(&client, Duration::from_secs(2 * 24 * 3600));
        assert_refused(&client.get("/orders").dispatch(), "not_signed_in");
        testing::assert_no_requests(&client);
    }
}

#[test]
fn sessions_and_visitors_have_data() {
    for client in clients() {
        let cart = Cart { items: vec!["tea".to_owned()] };
        assert_eq!(text(client.get("/cart").with_session_data(&cart).dispatch()), "tea");
        assert_eq!(text(client.post("/cart/cup").dispatch()), "tea cup");
        assert_eq!(text(client.get("/").dispatch()), "nobody");
        let shopper = alice().session_data(&Cart { items: vec!["pot".to_owned()] });
        assert_eq!(text(client.get("/cart").signed_in_as(shopper).dispatch()), "pot");
        assert_eq!(text(client.post("/cart/lid").dispatch()), "pot lid");
    }
}

#[test]
#[should_panic(expected = "testing::figment()")]
fn an_application_without_the_settings_for_tests_says_what_is_missing() {
    let settings = own_settings()
        .merge(("logto.endpoint", "http://localhost:9"))
        .merge(("logto.app_id", "a"))
        .merge(("logto.app_secret", "s"));
    let client = blocking::Client::tracked(rocket(settings)).expect("it launches");
    let _ = client.get("/").signed_in_as(alice());
}

#[test]
#[should_panic(expected = "the request was not refused with `missing_role`: the response is 200 OK")]
fn an_assertion_says_what_the_response_was() {
    assert_refused(&client().get("/orders").signed_in_as(alice()).dispatch(), "missing_role");
}
