//! The shop's own look, as the storefront shows it.

use logto_tests::{Ask, Bench};

use super::{heading, page};

#[rocket::async_test]
async fn a_refusal_is_in_the_shops_look_and_in_the_readers_language() {
    let bench = Bench::storefront().await;
    let mut browser = bench.signed_in("bob").await;
    for (languages, language, title, back) in [
        ("en", "en", "A permission is missing", ">Go to the start page</a>"),
        ("de-DE,de;q=0.9", "de", "Eine Berechtigung fehlt", ">Zur Startseite</a>"),
    ] {
        let ask = Ask::get("/api/orders").header("sec-fetch-site", "same-origin");
        let answer = browser.send(page(ask, languages)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "insufficient_scope"), "{answer:?}");
        assert_eq!(heading(&answer), title);
        assert!(answer.body.contains("href=\"/style.css\"") && answer.body.contains(back), "{}", answer.body);
        assert!(answer.body.contains("read:orders"), "{}", answer.body);
        assert_eq!(answer.header("content-language"), Some(language));
        assert!(answer.header("content-security-policy").unwrap().contains("style-src 'self'"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[rocket::async_test]
async fn an_unknown_address_has_a_page_in_german_too() {
    let bench = Bench::storefront().await;
    for (languages, title) in [("de", "Diese Seite gibt es nicht"), ("fr", "There is no such page")] {
        let answer = bench.call(page(Ask::get("/nowhere"), languages)).await;
        assert_eq!((answer.status, heading(&answer)), (404, title));
    }
    let answer = bench.call(Ask::get("/nowhere")).await;
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/json")));
}
