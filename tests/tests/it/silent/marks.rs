//! The mark that keeps a browser from more than one round.

use logto_tests::{Answer, param, path_of};
use reqwest::Url;

use super::Shop;

const DAY: i64 = 24 * 3600;

fn mark_of(answer: &Answer) -> (String, Option<i64>) {
    let mark = answer.cookies().into_iter().find(|cookie| cookie.name.ends_with("_silent")).unwrap();
    (mark.value, mark.max_age)
}

/// The session at Logto lives on after a local sign-out, for as long as Logto likes.
#[rocket::async_test]
async fn the_mark_of_a_sign_out_lasts_as_long_as_cookies_do() {
    let shop = Shop::open().await;
    let mut browser = shop.browser();
    assert_eq!(mark_of(&browser.open("/").await), ("0".to_owned(), Some(DAY)));
    browser.sign_in(&shop.tenant, "alice").await;
    let signed_out = browser.submit("/logto/sign-out?local=true").await;
    assert_eq!(mark_of(&signed_out), ("0".to_owned(), Some(400 * DAY)));
}

/// Each writes the cookie of the pending sign-ins as it knows it, and the last one stays.
#[rocket::async_test]
async fn tabs_that_begin_at_the_same_time_end_at_their_pages() {
    let shop = Shop::open().await;
    let (mut one, mut two) = (shop.browser(), shop.browser());
    let first = one.open("/?page=1").await.location().to_owned();
    let second = two.open("/?page=2").await.location().to_owned();
    let to_logto = Url::parse(one.open(first).await.location()).unwrap();
    two.open(second).await;
    // The browser has the cookies of the second tab when the first comes back.
    let mut at_logto = shop.tenant.browser();
    let callback = at_logto.open(to_logto).await.unwrap();
    assert_eq!(param(&callback, "error").as_deref(), Some("login_required"));
    assert_eq!(two.open(path_of(&callback)).await.location(), "/");
    // An error that says something else is shown.
    let other = callback.as_str().replace("login_required", "access_denied");
    let refused = two.open(path_of(&Url::parse(&other).unwrap())).await;
    assert_eq!((refused.status, &*refused.code()), (400, "callback_unknown_state"));
}
