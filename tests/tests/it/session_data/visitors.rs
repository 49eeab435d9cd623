//! Data before anybody signs in.

use logto_dev::Tenant;
use rocket::local::asynchronous::Client;

use super::app::{HOUR, SessionBackend, items, put, visitor_cookie};

#[rocket::async_test]
async fn a_visitor_has_a_cart() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let (mut visitor, mut other) = (bench.browser(), bench.browser());
        put(&mut visitor, "tea").await;
        put(&mut visitor, "milk").await;
        assert_eq!(items(&mut visitor).await, ["tea", "milk"], "{}", backend.name());
        assert!(items(&mut other).await.is_empty(), "{}: not somebody else's", backend.name());
        assert_eq!(visitor.open("/open").await.body, "nobody", "{}: it signs nobody in", backend.name());
        assert_eq!(visitor.fetch("/known").await.status, 401, "{}", backend.name());
    }
}

#[rocket::async_test]
async fn who_only_reads_gets_no_cookie() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        assert!(items(&mut visitor).await.is_empty());
        assert_eq!(visitor.submit("/cart/same").await.status, 200);
        assert_eq!(visitor.submit("/cart/clear").await.status, 200);
        assert!(visitor.jar.0.is_empty(), "{}: {:?}", backend.name(), visitor.jar);
        // Nor does a page that is not about data.
        put(&mut visitor, "tea").await;
        assert!(visitor.open("/plain").await.cookies().is_empty(), "{}", backend.name());
        assert!(visitor.fetch("/cart").await.cookies().is_empty(), "{}: nothing to write", backend.name());
        assert!(visitor.submit("/cart/same").await.cookies().is_empty(), "{}", backend.name());
    }
}

#[rocket::async_test]
async fn values_are_apart_and_can_be_cleared() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        assert_eq!(visitor.submit("/both").await.body, r#"["one","two"]"#, "{}", backend.name());
        assert_eq!(visitor.open("/theme").await.body, "dark", "{}", backend.name());
        assert_eq!(visitor.submit("/cart/clear").await.status, 200);
        assert!(items(&mut visitor).await.is_empty(), "{}", backend.name());
        assert_eq!(visitor.open("/theme").await.body, "dark", "{}", backend.name());
    }
}

#[rocket::async_test]
async fn a_visitors_data_ends_with_the_idle_limit_and_lasts_while_it_is_read() {
    for backend in [SessionBackend::Cookies, SessionBackend::Own(logto_tests::SharedStore::new())] {
        let bench = backend.bench_with(|figment| figment.merge(("logto.session_idle", "10h"))).await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let left = visitor.clone();
        for _ in 0..3 {
            bench.tenant.clock().advance(HOUR * 6);
            let answer = visitor.fetch("/cart").await;
            assert_eq!(answer.body, r#"["tea"]"#, "{}", backend.name());
            assert_eq!(answer.cookies().len(), 1, "{}: prolonged", backend.name());
        }
        if backend.is_cookies() {
            assert!(items(&mut left.clone()).await.is_empty(), "what nobody has used for so long");
        }
        bench.tenant.clock().advance(HOUR * 10);
        assert!(items(&mut visitor).await.is_empty(), "{}", backend.name());
        assert_eq!(visitor_cookie(&visitor), None, "{}: removed", backend.name());
        put(&mut visitor, "milk").await;
        assert_eq!(items(&mut visitor).await, ["milk"], "{}: a new one begins", backend.name());
    }
}

/// Each change moves the end of the data in a store, and the browser has to keep the cookie for as long.
#[rocket::async_test]
async fn a_visitor_who_changes_data_all_the_time_keeps_the_cookie() {
    for backend in [SessionBackend::Cookies, SessionBackend::Own(logto_tests::SharedStore::new())] {
        let bench = backend.bench_with(|figment| figment.merge(("logto.session_idle", "10h"))).await;
        let mut visitor = bench.browser();
        for number in 0..4 {
            // So soon that no renewal is due.
            bench.tenant.clock().advance(HOUR / 6);
            let answer = visitor.submit(&format!("/cart/{number}")).await;
            assert_eq!((answer.status, answer.cookies().len()), (200, 1), "{}: {number}", backend.name());
        }
    }
}

#[rocket::async_test]
async fn a_tracked_local_client_keeps_a_cart() {
    let tenant = Tenant::recorded().start().await.unwrap();
    for backend in SessionBackend::all().await {
        let client = Client::tracked(backend.with_data(&tenant)).await.unwrap();
        for item in ["tea", "milk"] {
            assert_eq!(client.post(format!("/cart/{item}")).dispatch().await.status().code, 200);
        }
        let items = client.get("/cart").dispatch().await.into_string().await;
        assert_eq!(items.as_deref(), Some(r#"["tea","milk"]"#), "{}", backend.name());
    }
}

#[rocket::async_test]
async fn a_visitors_data_ends_with_the_absolute_limit() {
    for backend in [SessionBackend::Cookies, SessionBackend::Own(logto_tests::SharedStore::new())] {
        let settings = |figment: rocket::figment::Figment| {
            figment.merge(("logto.session_idle", "10h")).merge(("logto.session_absolute", "20h"))
        };
        let bench = backend.bench_with(settings).await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        for hours in [6, 6, 6] {
            bench.tenant.clock().advance(HOUR * hours);
            assert_eq!(items(&mut visitor).await, ["tea"], "{}", backend.name());
        }
        bench.tenant.clock().advance(HOUR * 2);
        assert!(items(&mut visitor).await.is_empty(), "{}", backend.name());
    }
}
