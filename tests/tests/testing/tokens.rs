//! Access tokens of sessions, and what the tenant in the process says.

use logto_rocket::testing::{self, TestRequest, TestUser, assert_refused};

use crate::app::{API, client, clients, text};

fn alice() -> TestUser {
    TestUser::new("alice").scopes("read:orders")
}

#[test]
fn handlers_get_access_tokens_that_are_fetched_only_if_they_have_expired() {
    for client in clients() {
        let token = text(client.get("/upstream").signed_in_as(alice()).dispatch());
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(text(client.get("/upstream").dispatch()), token, "it is in the session");
        let another = text(client.get("/upstream").signed_in_as(alice().tokens_expired()).dispatch());
        assert_ne!(another, token);
        testing::assert_no_requests(&client);
    }
}

#[test]
fn tokens_that_are_chosen_at_run_time_have_what_was_granted() {
    let client = client();
    let chosen = |user: TestUser, resource: &str| {
        client.get(format!("/token?resource={resource}")).signed_in_as(user).dispatch()
    };
    let alice = alice().scopes("unheard:of").scopes_for("https://other.your-app.com/api", "ping");
    // `unheard:of` is requested by nothing in the application.
    assert_eq!(text(chosen(alice.clone(), API)), "read:orders");
    assert_refused(&chosen(alice, "https://other.your-app.com/api"), "misconfigured");
}

#[test]
fn without_a_refresh_token_there_is_no_access_token() {
    let client = client();
    let response = client.get("/orders").signed_in_as(alice().without_refresh_token()).dispatch();
    assert_refused(&response, "not_granted");
}

#[test]
fn userinfo_and_refreshes_are_answered_in_the_process() {
    for client in clients() {
        let paying = alice().userinfo("custom_data", serde_json::json!({ "plan": "gold" }));
        assert_eq!(text(client.get("/info").signed_in_as(paying).dispatch()), "gold");
        assert_eq!(text(client.get("/refresh").dispatch()), "alice");
        assert_eq!(text(client.get("/machine").dispatch()), "write:reports");
        testing::assert_no_requests(&client);
    }
}
