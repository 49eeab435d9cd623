//! Data that is too large.

use super::app::{SessionBackend, items, put};

/// `theme` and its JSON count.
const NAME: usize = "theme".len();

#[rocket::async_test]
async fn data_up_to_the_limit_fits_and_a_byte_more_changes_nothing() {
    for backend in SessionBackend::all().await {
        let limit = if backend.is_cookies() { 1024 } else { 4096 };
        let bench = backend.bench().await;
        let (mut visitor, mut alice) = (bench.browser(), bench.signed_in("alice").await);
        for browser in [&mut visitor, &mut alice] {
            let fits = browser.submit(format!("/theme/of/{}", limit - NAME)).await;
            assert_eq!(fits.status, 200, "{}: {fits:?}", backend.name());
            let text = browser.open("/theme").await.body;
            for path in [format!("/theme/of/{}", limit - NAME + 1), "/cart/tea".to_owned()] {
                let refused = browser.submit(path).await;
                assert_eq!(
                    (refused.status, refused.code().as_str()),
                    (413, "session_data_too_large"),
                    "{}: {refused:?}",
                    backend.name()
                );
                assert!(refused.body.contains("Remove something"), "{refused:?}");
            }
            assert_eq!(browser.open("/theme").await.body, text, "{}", backend.name());
            assert!(items(browser).await.is_empty(), "{}", backend.name());
            browser.submit("/theme/dark").await;
            put(browser, "tea").await;
            assert_eq!(items(browser).await, ["tea"], "{}: there is room again", backend.name());
        }
    }
}

#[rocket::async_test]
async fn the_first_value_can_be_too_large_too() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        let refused = visitor.submit("/theme/of/5000").await;
        assert_eq!(refused.code(), "session_data_too_large", "{}", backend.name());
        assert!(visitor.jar.0.is_empty(), "{}: no session begins", backend.name());
    }
}

#[rocket::async_test]
async fn the_limit_can_be_set() {
    for (backend, most) in [(SessionBackend::Cookies, 2_048), (SessionBackend::Memory, 65_536)] {
        let bench = backend.bench_with(|figment| figment.merge(("logto.session_data_limit", most))).await;
        let (mut visitor, mut alice) = (bench.browser(), bench.signed_in("alice").await);
        for browser in [&mut visitor, &mut alice] {
            assert_eq!(browser.submit(format!("/theme/of/{}", most - NAME)).await.status, 200);
            assert_eq!(browser.open("/theme").await.body.len(), most - NAME - 2, "{}", backend.name());
            assert_eq!(browser.submit(format!("/theme/of/{}", most - NAME + 1)).await.status, 413);
        }
        // And through the sign-in.
        visitor.sign_in(&bench.tenant, "bob").await;
        assert_eq!(visitor.open("/theme").await.body.len(), most - NAME - 2, "{}", backend.name());
    }
}

/// Data from before the limit was lowered stays, and can be reduced.
#[rocket::async_test]
async fn data_above_a_lowered_limit_can_be_reduced() {
    for backend in SessionBackend::shared().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        visitor.submit("/theme/of/3000").await;
        let lower =
            backend.serve(&bench.tenant, |figment| figment.merge(("logto.session_data_limit", 1_000))).await;
        let mut visitor = visitor.at(&lower);
        assert_eq!(visitor.open("/theme").await.body.len(), 2_998, "{}", backend.name());
        assert_eq!(visitor.submit("/theme/of/2000").await.status, 200, "{}", backend.name());
        assert_eq!(visitor.submit("/theme/of/2001").await.status, 413, "{}", backend.name());
    }
}
