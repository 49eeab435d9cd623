//! The `Authorization` header itself.

use logto_dev::recorded::{ALICE, BOB};
use logto_tests::{Ask, Bench};

use super::{alice, good, show};

#[rocket::async_test]
async fn f02_the_schemes_case_does_not_matter_and_all_else_does() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let ask = Ask::get("/orders").header("authorization", format!("{scheme} {token}"));
        assert_eq!(bench.call(ask).await.status, 200, "{scheme}");
    }
    for malformed in [
        "Bearer".to_owned(),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token},"),
        format!("Bearer {token} {token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer Bearer {token}"),
        format!("Bearer={token}"),
        format!("Bearer, {token}"),
        "Bearer =".to_owned(),
    ] {
        let answer = bench.call(Ask::get("/orders").header("authorization", &malformed)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_credentials"), "{malformed}");
    }
}

#[rocket::async_test]
async fn f03_two_authorization_headers_are_refused() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    for second in [format!("Bearer {token}"), "Basic YTpi".to_owned(), "Bearer x".to_owned()] {
        let ask = Ask::get("/orders").bearer(&token).header("authorization", second);
        let answer = bench.call(ask).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_credentials"));
    }
}

#[rocket::async_test]
async fn f04_another_scheme_is_told_what_is_accepted() {
    let bench = Bench::probe_app().await;
    for other in ["Basic YWxpY2U6cGFzcw==", "DPoP abc", "Digest username=\"x\"", "Whatever", "Negotiate abc"]
    {
        let answer = bench.call(Ask::get("/orders").header("authorization", other)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unsupported_scheme"), "{other}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
    }
}

#[rocket::async_test]
async fn f05_a_token_in_query_or_form_is_no_credential() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    let answer = bench.call(Ask::get(format!("/orders?access_token={token}"))).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"));
    let form =
        Ask::post("/orders").body("application/x-www-form-urlencoded", format!("access_token={token}"));
    assert_eq!(bench.call(form).await.status, 401);
}

#[rocket::async_test]
async fn f06_f07_large_and_unprintable_credentials_are_refused() {
    let bench = Bench::probe_app().await;
    for size in [8_000, 64_000, 70_000] {
        let answer = show(&bench, &"a".repeat(size)).await;
        assert!(matches!(answer.status, 400 | 401 | 431), "{size}: {answer:?}");
        assert!(answer.body.len() < 1_000, "nothing is echoed");
    }
    for bytes in [&b"Bearer a\xff\xfe"[..], b"Bearer \xc3\xa9", b"Bearer a\x80.b.c"] {
        let answer = bench.call(Ask::get("/orders").header("authorization", bytes)).await;
        assert!(matches!(answer.status, 400 | 401), "{answer:?}");
    }
    let raw = bench.app.raw_get("/orders", "authorization: Bearer a\0b\r\n").await;
    assert!(raw.is_empty() || raw.starts_with("HTTP/1.1 400"), "{raw}");
}

/// f27: a credential that is shown is judged; the session beside it neither helps nor suffers.
#[rocket::async_test]
async fn f27_a_bearer_token_wins_over_the_session() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.signed_in("alice").await;
    let session = browser.jar.clone();
    let expired = bench.tenant.access_token(alice().expired()).unwrap();
    for (header, code) in [
        (format!("Bearer {expired}"), "token_expired"),
        ("Bearer nonsense".to_owned(), "token_opaque"),
        ("Bearer".to_owned(), "malformed_credentials"),
    ] {
        let answer = browser.send(Ask::get("/orders").script().header("authorization", header)).await;
        assert_eq!(answer.code(), code, "{answer:?}");
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(browser.jar, session);
    let bob =
        logto_dev::Issue::user("bob").resource(logto_dev::recorded::SHOPPING_API).scopes(["read:orders"]);
    let bob = bench.tenant.access_token(bob).unwrap();
    assert_eq!(browser.send(Ask::get("/orders").script().bearer(&bob)).await.json()["sub"], BOB);
    assert_eq!(browser.fetch("/orders").await.json()["sub"], ALICE);
}

/// A token needs no cookie, and gets none.
#[rocket::async_test]
async fn a_request_with_a_token_leaves_no_cookie() {
    let bench = Bench::probe_app().await;
    let answer = show(&bench, &good(&bench.tenant)).await;
    assert!(answer.cookies().is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
