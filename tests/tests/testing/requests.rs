//! No request leaves the process.

use logto_rocket::testing::{self, TestRequest, TestUser};
use rocket::http::Status;

use crate::app::{client, text};

#[test]
#[should_panic(expected = "GET https://orders.internal/api/orders")]
fn calls_of_other_apis_are_counted_and_not_made() {
    let client = client();
    let response = client.get("/call").signed_in_as(TestUser::new("alice").scopes("read:orders")).dispatch();
    assert_eq!(response.status(), Status::BadGateway);
    testing::assert_no_requests(&client);
}

#[test]
#[should_panic(expected = "GET https://logto.test/api/my-account")]
fn endpoints_that_the_tenant_of_the_tests_does_not_have_are_counted() {
    let client = client();
    let said = text(client.get("/account").signed_in_as(TestUser::new("alice")).dispatch());
    assert!(said.contains("logto-dev"), "{said}");
    testing::assert_no_requests(&client);
}

#[test]
fn a_sign_in_leads_to_an_address_that_does_not_exist() {
    let client = client();
    let response = client.get("/logto/sign-in").dispatch();
    let location = response.headers().get_one("Location").expect("a redirect");
    assert!(location.starts_with("https://logto.test/oidc/auth?"), "{location}");
    testing::assert_no_requests(&client);
}
