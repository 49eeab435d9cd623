//! Organizations: tokens, roles, and members of others.

use logto_rocket::testing::{self, TestMachine, TestRequest, TestUser, assert_allowed, assert_refused};

use crate::app::{client, clients, text};

fn frank() -> TestUser {
    TestUser::new("frank")
        .organization("acme", ["manager"])
        .organization_scopes("acme", "invite:member")
        .organization_api_scopes("acme", "read:orders")
        .organization("globex", ["member"])
}

#[test]
fn members_have_what_their_organization_gives_them() {
    for client in clients() {
        assert_eq!(
            text(client.get("/orgs/acme/invite").signed_in_as(frank()).dispatch()),
            "acme invite:member"
        );
        assert_eq!(text(client.get("/orgs/acme/orders").dispatch()), "acme");
        assert_eq!(text(client.get("/orgs/acme/books").dispatch()), "acme");
        assert_refused(&client.get("/orgs/globex/invite").dispatch(), "insufficient_scope");
        assert_refused(&client.get("/orgs/globex/books").dispatch(), "missing_role");
        assert_refused(&client.get("/orgs/initech/orders").dispatch(), "not_a_member");
        testing::assert_no_requests(&client);
    }
}

#[test]
fn a_plain_token_has_the_scopes_of_roles_in_organizations() {
    assert_allowed(&client().get("/orders").signed_in_as(frank()).dispatch());
}

#[test]
fn the_current_organization_is_the_chosen_or_the_only_one() {
    let client = client();
    let current = |user: TestUser| text(client.get("/organization").signed_in_as(user).dispatch());
    assert_eq!(current(TestUser::new("alice")), "none");
    assert_eq!(current(TestUser::new("alice").organization("acme", ["member"])), "acme");
    assert_eq!(current(frank()), "none");
    assert_eq!(current(frank().current_organization("globex")), "globex");
}

#[test]
fn bearer_tokens_are_for_one_organization() {
    let client = client();
    let get = |path: &'static str| client.get(path);
    let in_acme = || frank().bearer().organization("acme");
    assert_allowed(&get("/orgs/acme/orders").signed_in_as(in_acme()).dispatch());
    assert_refused(&get("/orgs/globex/orders").signed_in_as(in_acme()).dispatch(), "wrong_organization");
    assert_refused(&get("/orders").signed_in_as(in_acme()).dispatch(), "wrong_organization");
    assert_refused(&get("/orgs/acme/orders").signed_in_as(frank().bearer()).dispatch(), "wrong_organization");
    let nightly = TestMachine::new("nightly").scopes("read:orders").organization_scopes("acme", "");
    assert_allowed(&get("/orgs/acme/orders").signed_in_as(nightly.bearer().organization("acme")).dispatch());
}

#[test]
#[should_panic(expected = "`frank` is no member of the organization")]
fn logto_issues_no_token_for_the_organization_of_others() {
    let client = client();
    client.get("/orders").signed_in_as(frank().bearer().organization("initech")).dispatch();
}

#[test]
#[should_panic(expected = "`../etc` cannot be an organization id")]
fn an_organization_has_an_id() {
    let _ = TestUser::new("alice").organization("../etc", ["member"]);
}
