//! `max_age`.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_tests::path_of;
use reqwest::Url;

use crate::{Shop, alice, expect};

#[rocket::async_test]
async fn an_old_sign_in_is_renewed_and_comes_back() {
    let shop = Shop::open().await;
    let mut browser = shop.with("alice").await;
    shop.tenant.clock().advance(Duration::from_secs(10 * 60));

    let answer = browser.fetch("/fresh").await;
    assert_eq!((answer.status, &*answer.code()), (401, "insufficient_user_authentication"), "{answer:?}");

    let again = browser.open("/fresh").await.location().to_owned();
    let url = Url::parse(browser.open(again).await.location()).unwrap();
    assert!(url.query_pairs().any(|(name, value)| name == "max_age" && value == "300"), "{url}");
    let callback = shop.tenant.sign_in(url, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/fresh");
    assert_eq!(browser.open("/fresh").await.body, ALICE);
    expect(&mut browser, &[("/fresh", 200, ALICE), ("/fresh/token", 200, SHOPPING_API)]).await;

    shop.tenant.clock().advance(Duration::from_secs(10 * 60));
    expect(&mut browser, &[("/fresh/token", 401, "insufficient_user_authentication")]).await;
    expect(&mut shop.nobody(), &[("/fresh", 401, "not_signed_in")]).await;
}

#[rocket::async_test]
async fn a_bearer_is_told_how_fresh_the_sign_in_must_be() {
    let shop = Shop::open().await;
    let now = shop.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let old = alice().claim("auth_time", now - 3600);
    for issue in [alice(), old] {
        let answer = shop.bearer("/fresh", issue).await;
        assert_eq!((answer.status, &*answer.code()), (401, "insufficient_user_authentication"));
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
        assert!(challenge.contains("max_age=\"300\""), "{challenge}");
    }
    // Logto does not say in its access tokens when somebody signed in, unless the tenant adds the claim.
    let answer = shop.bearer("/fresh", alice().claim("auth_time", now - 60)).await;
    assert_eq!(answer.status, 401, "`User` is for sessions: {answer:?}");
    assert_eq!(answer.code(), "credential_not_accepted");
    assert_eq!(shop.bearer("/fresh/bearer", alice().claim("auth_time", now - 60)).await.body, ALICE);
}
