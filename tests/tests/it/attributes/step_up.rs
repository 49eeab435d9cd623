//! `max_age`.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ALICE, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault};
use logto_tests::{param, path_of};
use reqwest::Url;
use serde_json::json;

use super::{Shop, alice, expect};

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

/// A tenant that takes no notice of `max_age`: who comes back from it has signed in when they had.
#[rocket::async_test]
async fn q02_a_sign_in_that_is_as_old_as_before_ends_at_a_page() {
    let shop = Shop::open().await;
    let mut browser = shop.with("alice").await;
    let signed_in = shop.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    shop.tenant.clock().advance(Duration::from_secs(10 * 60));

    let again = browser.open("/fresh").await.location().to_owned();
    let url = Url::parse(browser.open(again).await.location()).unwrap();
    let now = shop.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": shop.tenant.issuer(), "aud": ROCKET_APP.id, "sub": ALICE, "iat": now, "exp": now + 3600,
        "nonce": param(&url, "nonce").unwrap(), "auth_time": signed_in,
    });
    let header = json!({ "alg": "ES384", "kid": shop.tenant.keys().ids()[0] });
    let body = json!({
        "access_token": "opaque", "token_type": "Bearer", "expires_in": 3600, "scope": "openid",
        "id_token": shop.tenant.keys().sign(&header, &claims).unwrap(), "refresh_token": "another",
    });
    let callback = shop.tenant.sign_in(url, "alice").await.unwrap();
    shop.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
    let answer = browser.open(path_of(&callback)).await;
    assert_eq!((answer.status, &*answer.code()), (403, "step_up_unsatisfied"), "{answer:?}");
    assert!(answer.header("location").is_none(), "{answer:?}");
    shop.tenant.faults().clear();
    // The session of before goes on, for routes that it is good enough for; and nobody is sent round unasked.
    expect(&mut browser, &[("/fresh", 401, "insufficient_user_authentication")]).await;
    assert_eq!(browser.fetch("/logto/user").await.json()["isAuthenticated"], true);
}
