//! The customer's plan, a custom claim.

use logto_dev::JwtCustomizer;
use logto_tests::{App, Bench, settings};
use serde_json::json;

/// The shop with the tenant that it brings along, whose customizer adds the plan.
async fn bench() -> Bench {
    let tenant = storefront::built_in::describe(logto_tests::ORIGIN).start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

#[rocket::async_test]
async fn the_plan_opens_the_tasting() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/plan").await;
    assert!(page.status == 200 && page.body.contains("You are on the gold plan."), "{page:?}");
    let page = alice.open("/tasting").await;
    assert!(page.status == 200 && page.body.contains("every Thursday at five"), "{page:?}");

    let mut carol = bench.signed_in("carol").await;
    let page = carol.open("/plan").await;
    assert!(page.status == 200 && page.body.contains("You have no plan."), "{page:?}");
    let page = carol.open("/tasting").await;
    assert_eq!((page.status, page.code().as_str()), (403, "check_failed"), "{page:?}");
    assert!(page.body.contains("for customers on the gold plan"), "{page:?}");
}

/// A refusal that leads to another page.
#[rocket::async_test]
async fn whoever_lacks_the_plan_is_led_to_it() {
    let bench = bench().await;
    let seat = bench.signed_in("alice").await.open("/tasting/seat").await;
    assert!(seat.status == 200 && seat.body.contains("is reserved for you"), "{seat:?}");
    let mut carol = bench.signed_in("carol").await;
    let led = carol.open("/tasting/seat").await;
    assert_eq!((led.status, led.location()), (303, "/plan"), "{led:?}");
    let refused = carol.fetch("/tasting/seat").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "check_failed"), "a script gets the status");
    bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({ "plan": "platinum" })));
    let unread = bench.signed_in("alice").await.open("/tasting/seat").await;
    assert_eq!((unread.status, unread.code().as_str()), (503, "check_unavailable"), "{unread:?}");
}

#[rocket::async_test]
async fn a_plan_that_the_shop_does_not_know_opens_nothing() {
    let bench = bench().await;
    bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({ "plan": "platinum" })));
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/plan").await;
    assert_eq!((page.status, page.code().as_str()), (500, "invalid_claims"), "{page:?}");
    let page = alice.open("/tasting").await;
    assert_eq!((page.status, page.code().as_str()), (503, "check_unavailable"), "{page:?}");
    assert_eq!(alice.open("/profile").await.status, 200);
}
