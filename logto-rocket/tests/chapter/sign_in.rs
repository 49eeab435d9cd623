use logto_rocket::testing::*;
use my_app::rocket;
use rocket::http::Accept;
use rocket::local::blocking::Client;

fn client() -> Client {
    Client::tracked(rocket().configure(figment())).unwrap()
}

fn alice() -> TestUser {
    let alice = TestUser::new("alice").name("Alice").roles(["accountant"]);
    alice.organization("acme", ["admin"])
}

#[test]
fn alice_reads_the_report_by_her_role() {
    let client = client();
    let request = client.get("/report").signed_in_as(alice());
    let text = request.dispatch().into_string().unwrap();
    assert_eq!(text, "The report for Alice");
}

#[test]
fn nobody_has_to_sign_in() {
    let client = client();
    let request = client.get("/report").header(Accept::HTML);
    assert_redirects_to_sign_in(&request.dispatch());
}

#[test]
fn members_of_other_organizations_are_refused() {
    let client = client();
    let request = client.get("/orgs/globex/members").signed_in_as(alice());
    assert_refused(&request.dispatch(), "not_a_member");
}

#[test]
fn expired_sessions_and_outages_of_logto_are_told_apart() {
    let client = client();
    let request = client.get("/report").signed_in_as(alice().expired());
    assert_refused(&request.dispatch(), "not_signed_in");
    logto_is_down(&client);
    let request = client.get("/report").signed_in_as(alice().tokens_expired());
    assert_refused(&request.dispatch(), "logto_unavailable");
}
