//! Requests that pages of other sites cause.

use logto_tests::{Ask, ORIGIN};

use super::app::{SessionBackend, items, put};

fn from_elsewhere(path: &str) -> Ask {
    Ask::post(path).navigation_from_elsewhere()
}

trait FromElsewhere {
    fn navigation_from_elsewhere(self) -> Ask;
}

impl FromElsewhere for Ask {
    fn navigation_from_elsewhere(self) -> Ask {
        self.header("accept", "text/html")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "cross-site")
            .header("origin", "https://evil.example")
    }
}

#[rocket::async_test]
async fn another_site_changes_no_data() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let mut alice = bench.signed_in("alice").await;
        put(&mut alice, "tea").await;
        for browser in [&mut visitor, &mut alice] {
            for path in ["/cart/evil", "/cart/clear", "/theme/evil"] {
                let answer = browser.send(from_elsewhere(path)).await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (403, "cross_site_request"),
                    "{} {path}: {answer:?}",
                    backend.name()
                );
            }
            assert_eq!(items(browser).await, ["tea"], "{}", backend.name());
            assert_eq!(browser.open("/theme").await.body, "", "{}", backend.name());
        }
    }
}

/// Browsers send no `SameSite=Lax` cookie with such a form. A session that began with it would replace the visitor's.
#[rocket::async_test]
async fn another_site_begins_no_session() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        let answer = visitor.send(from_elsewhere("/cart/evil")).await;
        assert_eq!(answer.code(), "cross_site_request", "{}", backend.name());
        assert!(visitor.jar.0.is_empty(), "{}: {answer:?}", backend.name());
    }
}

#[rocket::async_test]
async fn programs_and_trusted_origins_change_data() {
    let trusted = "https://app.example";
    let bench = SessionBackend::Memory
        .bench_with(|figment| figment.merge(("logto.trusted_origins", [trusted])))
        .await;
    let mut browser = bench.browser();
    for (number, ask) in [
        Ask::post("/cart/0"),
        Ask::post("/cart/1").header("origin", ORIGIN),
        Ask::post("/cart/2").header("origin", trusted).header("sec-fetch-site", "cross-site"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = browser.send(ask).await;
        assert_eq!(answer.json().as_array().unwrap().len(), number + 1, "{answer:?}");
    }
}
