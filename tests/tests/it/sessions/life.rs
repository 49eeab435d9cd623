//! How long a session lives.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_tests::Bench;

const HOUR: Duration = Duration::from_secs(3600);

#[rocket::async_test]
async fn h08_an_idle_session_ends_after_a_day() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let (mut early, mut late) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
    bench.tenant.clock().advance(24 * HOUR - Duration::from_secs(1));
    assert_eq!(early.open("/open").await.body, ALICE);
    bench.tenant.clock().advance(Duration::from_secs(1));
    let answer = late.open("/open").await;
    assert_eq!(answer.body, "nobody");
    assert!(late.jar.session().is_empty(), "its cookies are expired: {answer:?}");
}

#[rocket::async_test]
async fn h08_a_session_in_use_ends_after_two_weeks() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let mut browser = bench.signed_in("alice").await;
    let mut writes = 0;
    for step in 1..28 {
        bench.tenant.clock().advance(12 * HOUR);
        let answer = browser.open("/open").await;
        assert_eq!(answer.body, ALICE, "after {step} half days");
        writes += usize::from(!answer.cookies().is_empty());
    }
    assert_eq!(writes, 27, "each visit after half a day renews it");
    bench.tenant.clock().advance(12 * HOUR);
    assert_eq!(browser.open("/open").await.body, "nobody", "after 14 days");
}

#[rocket::async_test]
async fn h09_a_busy_session_is_renewed_now_and_then_and_not_each_time() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let mut browser = bench.signed_in("alice").await;
    let mut writes = 0;
    for _ in 0..100 {
        bench.tenant.clock().advance(Duration::from_secs(120));
        writes += usize::from(!browser.open("/open").await.cookies().is_empty());
    }
    assert!((1..=3).contains(&writes), "{writes} writes in {} minutes", 200);
}

#[rocket::async_test]
async fn the_limits_are_settings() {
    let bench = Bench::probe_app_with(|figment| {
        figment.merge(("logto.session_idle", "10m")).merge(("logto.session_absolute", "15m"))
    })
    .await;
    bench.tenant.clock().freeze();
    let mut browser = bench.signed_in("alice").await;
    bench.tenant.clock().advance(Duration::from_secs(599));
    assert_eq!(browser.open("/open").await.body, ALICE);
    let mut idle = browser.clone();
    bench.tenant.clock().advance(Duration::from_secs(300));
    assert_eq!(browser.open("/open").await.body, ALICE);
    bench.tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(browser.open("/open").await.body, "nobody", "15 minutes in all");
    assert_eq!(idle.open("/open").await.body, "nobody");
}

/// p03: a clock that jumps back signs nobody out who was there before, and keeps nobody in for ever.
#[rocket::async_test]
async fn p03_a_clock_that_jumps_back_a_little_ends_no_session() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.signed_in("alice").await;
    bench.tenant.clock().turn_back(Duration::from_secs(30));
    assert_eq!(browser.open("/open").await.body, ALICE);
    bench.tenant.clock().advance(25 * HOUR);
    assert_eq!(browser.open("/open").await.body, "nobody");
}

/// The cookie of an idle session leads to a clean sign-in.
#[rocket::async_test]
async fn an_expired_session_leads_to_one_sign_in() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.signed_in("alice").await;
    bench.tenant.clock().advance(25 * HOUR);
    // The mark of the sign-in lived half a minute.
    browser.jar.0.retain(|name, _| !name.ends_with("_redirect_loop"));
    let led = browser.open("/known").await;
    assert_eq!(led.location(), "/logto/sign-in?return_to=/known");
    browser.sign_in(&bench.tenant, "alice").await;
    assert_eq!(browser.open("/known").await.body, ALICE);
}
