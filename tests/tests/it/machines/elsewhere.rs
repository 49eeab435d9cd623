//! Where the server's own tokens do not go.

use logto_dev::recorded::SHOPPING_API;
use logto_rocket::{AuthorizedClient, CallError};

use super::Office;

/// `..%2fadmin` is refused, and the same in other letters is not.
#[rocket::async_test]
async fn an_encoded_way_out_is_none() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API);
    let client = AuthorizedClient::new(source, "https://api.example.com/api").unwrap();
    let taken: Vec<&str> = ["%2e%2e%2fadmin", ".%2e%2Fadmin", "%2E.%5cadmin", "x%2f%2e%2e%2f%2e%2e%2fadmin"]
        .into_iter()
        .filter(|path| !matches!(client.get(path), Err(CallError::Elsewhere { .. })))
        .collect();
    assert!(taken.is_empty(), "{taken:?}");
}

/// An error ends up in a log.
#[rocket::async_test]
async fn an_address_that_is_refused_is_not_repeated_with_its_password() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API);
    let refused = AuthorizedClient::new(source, "https://user:hunter2-pw@api.example.com").unwrap_err();
    let told = format!("{refused} {refused:?}");
    assert!(!told.contains("hunter2-pw"), "{told}");
}
