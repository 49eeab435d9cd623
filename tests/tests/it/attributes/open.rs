//! `otherwise`, and `#[public]`.

use logto_dev::Tenant;
use logto_rocket::{Access, Logto, RouteAccess};
use logto_tests::Ask;

use super::{Shop, alice, expect, rocket};

#[rocket::async_test]
async fn an_anonymous_caller_goes_on_to_the_next_route() {
    let shop = Shop::open().await;
    let answers =
        [("/start", 200, "welcome"), ("/home", 200, "not yours"), ("/nowhere", 401, "not_signed_in")];
    expect(&mut shop.nobody(), &answers).await;
    let answers = [("/start", 200, "your orders"), ("/home", 200, "home"), ("/nowhere", 200, "somewhere")];
    expect(&mut shop.with("alice").await, &answers).await;
    // Whoever is known goes no further.
    expect(&mut shop.with("bob").await, &[("/start", 403, "insufficient_scope")]).await;
    let answer = shop.bearer("/start", alice().expired()).await;
    assert_eq!((answer.status, &*answer.code()), (401, "token_expired"));
    let answer = shop.nobody().send(Ask::get("/home").header("authorization", "Bearer a b")).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    // A page is no exception: there is another route for it.
    assert_eq!(shop.nobody().open("/start").await.body, "welcome");
}

#[rocket::async_test]
async fn a_public_route_asks_nothing() {
    let shop = Shop::open().await;
    expect(&mut shop.nobody(), &[("/health", 200, "ok")]).await;
    expect(&mut shop.with("bob").await, &[("/health", 200, "ok")]).await;
    let answer = shop.nobody().send(Ask::get("/health").header("authorization", "Bearer a b")).await;
    assert_eq!((answer.status, &*answer.body), (200, "ok"));
}

#[rocket::async_test]
async fn an_open_route_is_told_from_a_forgotten_one() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket(&tenant).ignite().await.unwrap();
    let report = rocket.state::<Logto>().and_then(Logto::access_report).unwrap();
    let access = |uri: &str| -> Vec<Access> {
        report.routes().iter().filter(|route| route.uri() == uri).map(RouteAccess::access).collect()
    };
    assert_eq!(access("/health"), [Access::Public]);
    assert_eq!(access("/roles"), [Access::Guarded]);
    assert_eq!(access("/start"), [Access::Guarded, Access::Public]);
    assert_eq!(access("/home"), [Access::Guarded, Access::Unguarded]);
}
