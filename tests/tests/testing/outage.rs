//! Logto is down.

use std::time::Duration;

use logto_rocket::testing::{self, TestRequest, TestUser, assert_allowed, assert_refused};
use rocket::http::Status;

use crate::app::{clients, text};

fn alice() -> TestUser {
    TestUser::new("alice").scopes("read:orders").roles(["admin"])
}

#[test]
fn what_needs_logto_is_503_and_the_rest_goes_on() {
    for client in clients() {
        testing::logto_is_down(&client);
        let get = |path: &'static str| client.get(path);
        assert_allowed(&get("/orders").signed_in_as(alice()).dispatch());
        assert_allowed(&get("/admin").signed_in_as(alice()).dispatch());
        assert_allowed(&get("/orders").signed_in_as(alice().bearer()).dispatch());
        for path in ["/orders", "/admin", "/upstream", "/refresh"] {
            let response = get(path).signed_in_as(alice().tokens_expired()).dispatch();
            assert_eq!(response.status(), Status::ServiceUnavailable, "{path}");
            assert_refused(&response, "logto_unavailable");
        }
        // Nobody is signed out by it.
        assert_eq!(text(get("/").dispatch()), "alice");
        testing::logto_is_up(&client);
        testing::advance(&client, Duration::from_secs(120));
        assert_allowed(&get("/orders").dispatch());
        testing::assert_no_requests(&client);
    }
}

#[test]
fn an_outage_is_that_of_one_application() {
    let [one, other] = clients();
    testing::logto_is_down(&one);
    assert_allowed(&other.get("/orders").signed_in_as(alice().tokens_expired()).dispatch());
}
