//! One person's way through the shop, from the first click to the last.

use logto_dev::Endpoint;
use logto_dev::recorded::ROCKET_APP;
use logto_tests::{Bench, ORIGIN, param, path_of};
use reqwest::Url;

#[rocket::async_test]
async fn a01_a13_a14_a21_a_person_signs_in_uses_the_shop_and_signs_out() {
    let bench = Bench::storefront().await;
    let mut person = bench.browser();
    let mut at_logto = bench.tenant.browser();

    let led = person.open("/profile").await;
    assert_eq!(led.location(), "/logto/sign-in?return_to=/profile");
    let to_logto = person.open(led.location()).await;
    let authorization = Url::parse(to_logto.location()).unwrap();
    assert_eq!(param(&authorization, "client_id").as_deref(), Some(ROCKET_APP.id));
    let callback = at_logto.sign_in(&authorization, "alice").await.unwrap();
    assert!(callback.as_str().starts_with(ORIGIN), "{callback}");

    let back = person.open(path_of(&callback)).await;
    assert_eq!(back.location(), "/profile");
    let profile = person.open("/profile").await;
    assert_eq!(profile.status, 200);
    assert!(profile.body.contains("Alice Example"));
    // The client proves itself by Basic authentication, and by no secret in the form.
    let exchange = &bench.grants("authorization_code")[0];
    assert!(exchange.header("authorization").is_some_and(|value| value.starts_with("Basic ")));
    assert!(exchange.param("client_secret").is_none());

    let out = person.submit("/logto/sign-out").await;
    let end_session = Url::parse(out.location()).unwrap();
    assert_eq!(param(&end_session, "client_id").as_deref(), Some(ROCKET_APP.id));
    assert_eq!(param(&end_session, "id_token_hint"), None);
    let home = at_logto.sign_out(&end_session).await.unwrap();
    assert_eq!(home.as_str(), format!("{ORIGIN}/"));
    assert!(person.jar.session().is_empty(), "{:?}", person.jar);
    assert_eq!(person.open("/profile").await.status, 303);
    assert_eq!(bench.count(Endpoint::Revocation), 1);
    // Nor is the person signed in at Logto any more: the next sign-in asks who it is.
    let again = person.begin("/profile").await;
    assert!(at_logto.open(again).await.is_err(), "Logto must ask");
}

#[rocket::async_test]
async fn sign_up_opens_logtos_page_for_new_people() {
    let bench = Bench::storefront().await;
    let answer = bench.browser().open("/logto/sign-up").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(param(&url, "first_screen").as_deref(), Some("register"));
}

/// Somebody who is signed in at Logto is not asked again.
#[rocket::async_test]
async fn a_live_session_at_logto_signs_in_without_a_question() {
    let bench = Bench::storefront().await;
    let mut at_logto = bench.tenant.browser();
    let (mut first, mut second) = (bench.browser(), bench.browser());
    let callback = at_logto.sign_in(first.begin("").await, "alice").await.unwrap();
    assert_eq!(first.open(path_of(&callback)).await.status, 303);
    let callback = at_logto.open(second.begin("/api/whoami").await).await.unwrap();
    assert_eq!(second.open(path_of(&callback)).await.location(), "/api/whoami");
    assert_eq!(second.fetch("/api/whoami").await.status, 200);
}
