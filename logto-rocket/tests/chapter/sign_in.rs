use logto_rocket::testing::{self, TestRequest, TestUser, assert_redirects_to_sign_in, assert_refused};
use rocket::http::Accept;
use rocket::local::blocking::Client;

use crate::app::rocket;

fn client() -> Client {
    Client::tracked(rocket().configure(testing::figment())).unwrap()
}

fn alice() -> TestUser {
    TestUser::new("alice").name("Alice").roles(["accountant"]).organization("acme", ["admin"])
}

#[test]
fn alice_reads_the_report_by_her_role() {
    let client = client();
    let response = client.get("/report").signed_in_as(alice()).dispatch();
    assert_eq!(response.into_string().unwrap(), "The report for Alice");
}

#[test]
fn nobody_has_to_sign_in() {
    assert_redirects_to_sign_in(&client().get("/report").header(Accept::HTML).dispatch());
}

#[test]
fn members_of_other_organizations_are_refused() {
    assert_refused(&client().get("/orgs/globex/members").signed_in_as(alice()).dispatch(), "not_a_member");
}

#[test]
fn expired_sessions_and_outages_of_logto_are_told_apart() {
    let client = client();
    assert_refused(&client.get("/report").signed_in_as(alice().expired()).dispatch(), "not_signed_in");
    testing::logto_is_down(&client);
    let response = client.get("/report").signed_in_as(alice().tokens_expired()).dispatch();
    assert_refused(&response, "logto_unavailable");
}
