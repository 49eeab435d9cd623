//! What the application says itself stays as it is.

use logto_rocket::AuthFailure;
use logto_tests::Ask;
use rocket::http::Status;
use rocket::{Request, catch, catchers};

use crate::{House, alice, rocket};

#[catch(401)]
fn unauthorized(request: &Request<'_>) -> String {
    AuthFailure::of(request).map_or_else(|| "ours alone".to_owned(), |failure| failure.code().to_owned())
}

/// Hides what there is.
#[catch(403)]
fn hidden() -> (Status, &'static str) {
    (Status::NotFound, "no such page")
}

/// A 401 or 403 that the application gives for reasons of its own has no challenge of ours, and its own body.
#[rocket::async_test]
async fn the_applications_own_refusals_are_left_alone() {
    let house = House::open().await;
    let (ours, front) =
        (house.call(Ask::get("/own/403").script()).await, house.call(Ask::get("/front").script()).await);
    for (answer, status) in [(ours, 403), (front, 401)] {
        assert_eq!(answer.status, status);
        assert!(answer.header("www-authenticate").is_none(), "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "Rocket's own: {answer:?}");
    }
}

/// Rocket finds a catcher by the decoded segments of a path, and so do we.
#[rocket::async_test]
async fn field_32_a_catcher_keeps_its_body_under_every_spelling() {
    let house = House::of(|tenant| rocket(tenant).register("/orgs", catchers![unauthorized])).await;
    for path in ["/orgs/a", "/%6Frgs/a", "//orgs//a/", "/%6f%72gs/%61"] {
        let answer = house.call(Ask::get(path).script()).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, "not_signed_in"), "{path}");
        assert!(answer.header("www-authenticate").is_some(), "{path}");
    }
    // No catcher of this place.
    assert_eq!(house.call(Ask::get("/orders").script()).await.code(), "not_signed_in");
}

#[rocket::async_test]
async fn a_catcher_of_the_application_keeps_its_body_and_gets_the_headers() {
    let house = House::of(|tenant| rocket(tenant).register("/", catchers![unauthorized, hidden])).await;
    let answer = house.call(Ask::get("/orders").bearer("nonsense")).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "token_opaque"));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Another status is another answer.
    let reader = house.token(alice().scopes(["read:orders"]));
    let answer = house.call(Ask::get("/orders").bearer(&reader)).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, "no such page"));
    assert!(answer.header("www-authenticate").is_none(), "it would tell: {answer:?}");
}
