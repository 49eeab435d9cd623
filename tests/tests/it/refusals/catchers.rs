//! What the application says itself stays as it is.

use logto_rocket::AuthFailure;
use logto_tests::Ask;
use rocket::http::Status;
use rocket::{Request, catch, catchers};

use super::{House, alice, rocket};

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

#[catch(default)]
fn everything(status: Status, _: &Request<'_>) -> String {
    format!("the application's page for {}", status.code)
}

/// Catchers are for guards' refusals and for whatever the application has no route for. The mounted routes answer by
/// themselves, as the README says.
#[rocket::async_test]
async fn field_39_the_mounted_routes_keep_their_own_pages() {
    let house = House::of(|tenant| rocket(tenant).register("/", catchers![everything])).await;
    let own = house.call(Ask::get("/orders").script()).await;
    assert_eq!((own.status, own.body.as_str()), (401, "the application's page for 401"));
    let nowhere = house.call(Ask::get("/logto/nowhere").script()).await;
    assert_eq!((nowhere.status, nowhere.body.as_str()), (404, "the application's page for 404"));
    for (ask, status, code) in [
        (Ask::get("/logto/callback?state=unknown&code=x"), 400, "callback_unknown_state"),
        (Ask::get("/logto/sign-in?return_to=/a&return_to=/b"), 400, "bad_query"),
    ] {
        let answer = house.call(ask.navigation()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
        assert!(
            answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
            "{answer:?}"
        );
    }
    for page in
        [include_str!("../../../../README.md"), include_str!("../../../../logto-rocket/docs/refusals.md")]
    {
        let text = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("The mounted routes show their own pages"), "it is not said");
    }
}
