//! A receipt that only its owner finds, and a front page that recognizes its visitors.

use logto_dev::recorded::ALICE;
use logto_tests::{Ask, Bench, path_of};
use reqwest::Url;

#[rocket::async_test]
async fn a_receipt_is_found_by_its_owner_alone() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let bought = alice.send(Ask::post("/receipts").script().header("origin", logto_tests::ORIGIN)).await;
    assert_eq!(bought.status, 201, "{bought:?}");
    let own = format!("/receipts/{}", bought.json()["id"]);
    let receipt = alice.fetch(&own).await;
    assert_eq!((receipt.status, receipt.json()["item"].as_str()), (200, Some("Gift box")));
    assert!(!receipt.body.contains(ALICE));

    let mut bob = bench.signed_in("bob").await;
    let (of_alice, of_nobody) = (bob.fetch(&own).await, bob.fetch("/receipts/99").await);
    assert_eq!((of_alice.status, of_alice.code().as_str()), (404, "not_found"));
    assert_eq!(of_alice.header("content-type"), Some("application/problem+json"));
    assert_eq!(of_alice.body, of_nobody.body, "nobody learns which receipts there are");
    assert_eq!(bob.fetch("/receipts/x").await.status, 404);
    assert_eq!(bob.open(&own).await.body, bob.open("/nowhere").await.body);
    assert_eq!(bench.call(Ask::get(&own).script()).await.status, 401);
}

#[rocket::async_test]
async fn the_front_page_recognizes_a_user_of_logto() {
    let bench = Bench::storefront().await;
    let (mut person, mut at_logto) = (bench.browser(), bench.tenant.browser());
    let callback = at_logto.sign_in(person.begin("/welcome").await, "alice").await.unwrap();
    person.open(path_of(&callback)).await;
    // The session here is gone, and the one at Logto is not.
    person.jar.0.clear();
    let led = person.open("/welcome").await.location().to_owned();
    let authorization = Url::parse(person.open(led).await.location()).unwrap();
    let callback = at_logto.open(authorization).await.unwrap();
    assert_eq!(person.open(path_of(&callback)).await.location(), "/welcome");
    assert!(person.open("/welcome").await.body.contains("Hello Alice Example"));

    let mut stranger = bench.browser();
    let led = stranger.open("/welcome").await.location().to_owned();
    let authorization = Url::parse(stranger.open(led).await.location()).unwrap();
    let callback = bench.tenant.browser().open(authorization).await.unwrap();
    assert_eq!(stranger.open(path_of(&callback)).await.location(), "/welcome");
    let page = stranger.open("/welcome").await;
    assert!(page.status == 200 && page.body.contains("Create an account"), "{page:?}");
}
