//! `WWW-Authenticate`, letter by letter.

use std::time::UNIX_EPOCH;

use logto_dev::Issue;
use logto_dev::recorded::{ACME, OTHER_API};
use logto_tests::Ask;

use super::{House, alice};

#[rocket::async_test]
async fn f01_f04_f16_f21_f22_the_challenge_is_complete_and_says_no_more() {
    let house = House::open().await;
    let now = house.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let reader = house.token(alice().scopes(["read:orders"]));
    let old_reader = house.token(alice().scopes(["read:orders"]).claim("auth_time", now - 3600));
    let old_writer = house.token(alice().scopes(["write:orders"]).claim("auth_time", now - 3600));
    let undated = house.token(alice().scopes(["write:orders"]));
    let text_dated = house.token(alice().scopes(["write:orders"]).claim("auth_time", "yesterday"));
    let expired = house.token(alice().expired());
    let elsewhere = house.token(alice().scopes(["read:orders"]).organization(ACME));
    let other_api = house.token(Issue::user("alice").resource(OTHER_API));
    let too_old = "Bearer realm=\"localhost\", error=\"insufficient_user_authentication\", \
                   error_description=\"A fresh sign-in is needed\", max_age=\"300\"";
    let no_scope = "Bearer realm=\"localhost\", error=\"insufficient_scope\", \
                    error_description=\"A permission is missing\", scope=\"write:orders\"";
    let get = |path: &str| Ask::get(path);
    for (ask, status, challenge) in [
        // Nothing was presented: what is needed, and no error.
        (get("/orders"), 401, "Bearer realm=\"localhost\", scope=\"read:orders write:orders\""),
        (get("/profile"), 401, "Bearer realm=\"localhost\""),
        (
            get("/orders").header("authorization", "Basic YTpi"),
            401,
            "Bearer realm=\"localhost\", scope=\"read:orders write:orders\"",
        ),
        (
            get("/orders").header("authorization", "Bearer"),
            400,
            "Bearer realm=\"localhost\", error=\"invalid_request\", \
             error_description=\"The credentials are malformed\"",
        ),
        (
            get("/orders").bearer(&expired),
            401,
            "Bearer realm=\"localhost\", error=\"invalid_token\", \
             error_description=\"The access token is not valid: it has expired\"",
        ),
        // A token for another API of the same tenant: its scopes do not come into it.
        (
            get("/orders").bearer(&other_api),
            401,
            "Bearer realm=\"localhost\", error=\"invalid_token\", \
             error_description=\"The access token is not valid: it was issued for another audience\"",
        ),
        // All that the rule names, whatever of it the token has.
        (
            get("/orders").bearer(&reader),
            403,
            "Bearer realm=\"localhost\", error=\"insufficient_scope\", \
             error_description=\"A permission is missing\", scope=\"read:orders write:orders\"",
        ),
        (
            get("/any").bearer(&undated),
            403,
            "Bearer realm=\"localhost\", error=\"insufficient_scope\", \
             error_description=\"A permission is missing\", scope=\"read:orders delete:orders\"",
        ),
        // No scope would help here, so none is named: a client would fetch the same token again.
        (
            get("/orgs/another").bearer(&elsewhere),
            403,
            "Bearer realm=\"localhost\", error=\"insufficient_scope\", \
             error_description=\"The token is not for this organization\"",
        ),
        (Ask::post("/fresh").bearer(&old_writer), 401, too_old),
        (Ask::post("/fresh").bearer(&undated), 401, too_old),
        // Of a scope and an age that are both missing, the scope is told first.
        (Ask::post("/fresh").bearer(&old_reader), 403, no_scope),
    ] {
        let answer = house.call(ask.clone()).await;
        assert_eq!(answer.status, status, "{ask:?}: {answer:?}");
        assert_eq!(answer.header("www-authenticate"), Some(challenge), "{ask:?}");
    }
    // A claim of the wrong type is no older sign-in but a bad token.
    let answer = house.call(Ask::post("/fresh").bearer(&text_dated)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_claim"));
}

/// RFC 9110 section 9.3.2: what GET would have said, without its body.
#[rocket::async_test]
async fn head_is_refused_like_get() {
    let house = House::open().await;
    let get = house.call(Ask::get("/orders")).await;
    let head = house.call(Ask::new("HEAD", "/orders")).await;
    assert_eq!((get.status, head.status, head.body.as_str()), (401, 401, ""));
    for name in ["www-authenticate", "content-type", "cache-control", "vary"] {
        assert_eq!(head.all(name), get.all(name), "{name}");
    }
}

/// What the refusals of the fairing's own routes say of themselves.
#[rocket::async_test]
async fn the_mounted_routes_challenge_too() {
    let house = House::open().await;
    let answer = house.call(Ask::get("/logto/sign-in").script()).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "navigate_to_sign_in"));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"localhost\""));
    let answer = house.call(Ask::new("HEAD", "/logto/sign-in")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    let answer = house.call(Ask::new("HEAD", "/logto/sign-out")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST")));
}
