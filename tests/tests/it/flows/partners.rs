//! The shop's calls to its partners, on behalf of its users.

use logto_dev::Issue;
use logto_dev::recorded::{ACME, ALICE, GLOBEX, SHOPPING_API};
use logto_tests::{Ask, Bench};

#[rocket::async_test]
async fn a_partner_is_asked_with_the_users_token() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let answer = alice.fetch("/partners/orders").await;
    assert_eq!((answer.status, answer.json()["status"].as_u64()), (200, Some(200)), "{answer:?}");
    let inside = alice.fetch(format!("/partners/{ACME}/orders")).await.json();
    assert_eq!(inside["body"][0]["organization"], ACME, "{inside}");
    let stranger = alice.fetch(format!("/partners/{GLOBEX}/orders")).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (403, "not_a_member"), "{stranger:?}");

    let mut bob = bench.signed_in("bob").await;
    assert_eq!(bob.fetch("/partners/orders").await.json()["status"], 403, "the partner refuses bob");
    assert_eq!(bench.browser().fetch("/partners/orders").await.status, 401);
}

#[rocket::async_test]
async fn a_script_reorders_on_behalf_of_its_user() {
    let bench = Bench::storefront().await;
    let bearer = bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let answer = bench.call(Ask::post("/partners/orders").bearer(&bearer)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["on_behalf_of"], ALICE);
    assert_eq!(answer.json()["scopes"], serde_json::json!(["read:orders"]));
}
