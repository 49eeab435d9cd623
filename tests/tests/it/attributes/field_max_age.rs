//! `max_age` to the second.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_rocket::{AccessToken, Identity, require_auth, with_access_token};
use logto_tests::{Browser, param, path_of};
use reqwest::Url;
use rocket::{Route, get, routes};

use super::{Shop, alice, expect};

#[require_auth(max_age = "15s")]
#[get("/just-now")]
fn just_now(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(max_age = "15s")]
struct JustNow(Identity);

#[get("/just-now/guard")]
fn just_now_guard(guard: JustNow) -> String {
    guard.0.subject().to_owned()
}

#[with_access_token(max_age = "15s", resource = SHOPPING_API)]
#[get("/just-now/token")]
fn just_now_token(token: AccessToken) -> String {
    token.resource().map_or_else(String::new, ToString::to_string)
}

fn own() -> Vec<Route> {
    routes![just_now, just_now_guard, just_now_token]
}

fn seconds(shop: &Shop) -> u64 {
    shop.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Signs in anew where a route sends a person whose sign-in is too old for it.
async fn step_up(shop: &Shop, browser: &mut Browser, path: &str) {
    let again = browser.open(path).await.location().to_owned();
    let url = Url::parse(browser.open(again).await.location()).unwrap();
    assert!(param(&url, "max_age").is_some(), "{url}");
    let callback = shop.tenant.sign_in(url, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), path);
}

#[rocket::async_test]
async fn field_07_a_sign_in_is_fresh_to_the_second() {
    let shop = Shop::with_routes(vec![("/", own())]).await;
    shop.tenant.clock().freeze();
    let mut browser = shop.with("alice").await;
    step_up(&shop, &mut browser, "/just-now").await;
    let fresh = [
        ("/just-now", 200, ALICE),
        ("/just-now/guard", 200, ALICE),
        ("/just-now/token", 200, SHOPPING_API),
        ("/fresh", 200, ALICE),
    ];
    let stale = |path| (path, 401, "insufficient_user_authentication");
    expect(&mut browser, &fresh).await;
    shop.tenant.clock().advance(Duration::from_secs(15));
    expect(&mut browser, &fresh).await;
    shop.tenant.clock().advance(Duration::from_secs(1));
    let stale_now = ["/just-now", "/just-now/guard", "/just-now/token"].map(stale);
    expect(&mut browser, &stale_now).await;
    // `"5m"` is five minutes, and no clock's leeway more.
    shop.tenant.clock().advance(Duration::from_secs(300 - 16));
    expect(&mut browser, &[("/fresh", 200, ALICE)]).await;
    shop.tenant.clock().advance(Duration::from_secs(1));
    expect(&mut browser, &[stale("/fresh")]).await;
}

#[rocket::async_test]
async fn field_07_a_bearers_sign_in_is_fresh_to_the_second() {
    let shop = Shop::with_routes(vec![("/", own())]).await;
    shop.tenant.clock().freeze();
    let now = seconds(&shop);
    for (auth_time, status) in [(now, 200), (now - 15, 200), (now - 16, 401), (now - 75, 401)] {
        for path in ["/just-now", "/just-now/guard"] {
            let answer = shop.bearer(path, alice().claim("auth_time", auth_time)).await;
            assert_eq!(answer.status, status, "{path}, {} s ago: {answer:?}", now - auth_time);
            if status == 401 {
                let challenge = answer.header("www-authenticate").unwrap_or_default();
                assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
                assert!(challenge.contains("max_age=\"15\""), "{challenge}");
            }
        }
    }
    // One token, judged again while it is remembered as verified.
    let token = shop.tenant.access_token(alice().claim("auth_time", now)).unwrap();
    let show = async || shop.nobody().send(logto_tests::Ask::get("/just-now").bearer(&token)).await.status;
    assert_eq!(show().await, 200);
    shop.tenant.clock().advance(Duration::from_secs(15));
    assert_eq!(show().await, 200);
    shop.tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(show().await, 401);
}

/// Nobody has signed in tomorrow, nor after the token that tells of it was issued.
#[rocket::async_test]
async fn field_07_a_sign_in_that_is_yet_to_come_is_not_fresh_for_longer() {
    let shop = Shop::with_routes(vec![("/", own())]).await;
    shop.tenant.clock().freeze();
    let now = seconds(&shop);
    for ahead in [10, 60, 61, 3600] {
        let token = shop.tenant.access_token(alice().claim("auth_time", now + ahead)).unwrap();
        let show =
            async || shop.nobody().send(logto_tests::Ask::get("/just-now").bearer(&token)).await.status;
        assert_eq!(show().await, 200, "issued now, so signed in by now");
        shop.tenant.clock().advance(Duration::from_secs(16));
        assert_eq!(show().await, 401, "{ahead} s ahead");
        shop.tenant.clock().advance(Duration::from_secs(ahead));
        assert_eq!(show().await, 401, "{ahead} s ahead, later");
        shop.tenant.clock().set(UNIX_EPOCH + Duration::from_secs(now));
    }
}
