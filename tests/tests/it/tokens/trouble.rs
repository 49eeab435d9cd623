//! The token endpoint in trouble: nobody is signed out for it.

use std::time::Duration;

use logto_dev::{Endpoint, Fault};
use logto_tests::{Bench, until, until_async};

use super::{A_MOMENT, HOUR, is_unavailable, refreshes, with_expired_token};

#[rocket::async_test]
async fn i11_trouble_with_an_expired_token_is_503_and_passes() {
    for (fault, most) in [
        (Fault::Status(500), 3),
        (Fault::Status(502), 3),
        (Fault::Status(503), 3),
        (Fault::Status(504), 3),
        (Fault::Status(429), 3),
        (Fault::Status(302), 3),
        (Fault::Reset, 3),
        (Fault::Truncate, 3),
        (Fault::Garbage, 1),
        (Fault::RetryAfter(429, Duration::from_secs(30)), 1),
        (Fault::RetryAfter(503, Duration::from_secs(3600)), 1),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = with_expired_token(&bench).await;
        bench.tenant.faults().on(Endpoint::Token).fault(fault.clone());
        let before = refreshes(&bench);
        let answer = alice.fetch("/token").await;
        is_unavailable(&mut alice, &answer, &format!("{fault:?}")).await;
        let calls = refreshes(&bench) - before;
        assert!((1..=most).contains(&calls), "{fault:?}: {calls} calls");
        if let Fault::RetryAfter(_, after) = fault {
            assert_eq!(answer.header("retry-after"), Some(after.as_secs().to_string().as_str()));
        }
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(A_MOMENT);
        assert_eq!(alice.fetch("/token").await.status, 200, "{fault:?}: it has passed");
    }
}

#[rocket::async_test]
async fn i11_i16_a_token_that_is_still_good_is_used_meanwhile() {
    for fault in
        [Fault::Status(503), Fault::Reset, Fault::Garbage, Fault::RetryAfter(429, Duration::from_secs(60))]
    {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        let token = alice.fetch("/token").await.json()["token"].clone();
        bench.tenant.clock().advance(HOUR - Duration::from_secs(30));
        bench.tenant.faults().on(Endpoint::Token).fault(fault.clone());
        let before = refreshes(&bench);
        assert_eq!(alice.fetch("/token").await.json()["token"], token, "{fault:?}");
        until("a new one is asked for", || refreshes(&bench) > before).await;
        bench.tenant.faults().clear();
        until_async("it comes once the trouble is over", async || {
            bench.tenant.clock().advance(A_MOMENT);
            alice.fetch("/token").await.json()["token"] != token
        })
        .await;
    }
}

/// After a timeout nobody knows whether the refresh token is spent: it is not sent again.
#[rocket::async_test]
async fn i11_a_timeout_is_not_repeated() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.request_timeout", "1s"))).await;
    let mut alice = with_expired_token(&bench).await;
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Hang);
    let before = refreshes(&bench);
    let begun = tokio::time::Instant::now();
    let answer = alice.fetch("/token").await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    is_unavailable(&mut alice, &answer, "no answer").await;
    assert_eq!(refreshes(&bench), before + 1);
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(A_MOMENT);
    assert_eq!(alice.fetch("/token").await.status, 200);
}

#[rocket::async_test]
async fn i11_one_failure_is_retried_without_a_trace() {
    for fault in [Fault::Status(503), Fault::Status(429), Fault::RetryAfter(429, Duration::from_secs(1))] {
        let bench = Bench::probe_app().await;
        let mut alice = with_expired_token(&bench).await;
        bench.tenant.faults().on(Endpoint::Token).nth(1).fault(fault.clone());
        let before = refreshes(&bench);
        assert_eq!(alice.fetch("/token").await.status, 200, "{fault:?}");
        assert_eq!(refreshes(&bench), before + 2, "{fault:?}");
    }
}

/// Requests that wait together fail together, and do not queue up to try one after the other.
#[rocket::async_test]
async fn i11_many_requests_share_the_trouble() {
    let bench = Bench::probe_app().await;
    let alice = with_expired_token(&bench).await;
    bench.tenant.faults().on(Endpoint::Token).status(503);
    let before = refreshes(&bench);
    let begun = tokio::time::Instant::now();
    let asked = (0..30).map(|_| {
        let mut tab = alice.clone();
        async move { tab.fetch("/token").await }
    });
    for answer in rocket::futures::future::join_all(asked).await {
        assert_eq!(answer.status, 503);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(refreshes(&bench) - before <= 10, "{} calls", refreshes(&bench) - before);
}

/// A page, not a redirect: signing in again would not help.
#[rocket::async_test]
async fn i11_a_person_gets_a_page() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    bench.tenant.faults().on(Endpoint::Token).status(500);
    let answer = alice.open("/token").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(answer.header("location").is_none());
    assert_eq!(alice.open("/known").await.status, 200);
}
