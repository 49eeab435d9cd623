//! The same callback more than once.

use logto_dev::recorded::{ALICE, BOB};
use logto_tests::Bench;

use super::Returned;

#[rocket::async_test]
async fn c19_a_reloaded_callback_goes_home_without_a_second_exchange() {
    let mut returned = Returned::new().await;
    let callback = returned.callback.clone();
    assert_eq!(returned.browser.open(&callback).await.location(), "/profile");
    let session = returned.browser.jar.session();
    let again = returned.browser.open(&callback).await;
    assert_eq!(again.location(), "/");
    assert_eq!(returned.browser.jar.session(), session, "the session stays as it was");
    assert_eq!(returned.bench.grants("authorization_code").len(), 1);
}

#[rocket::async_test]
async fn c19_a_replayed_callback_without_a_session_is_refused() {
    let mut returned = Returned::new().await;
    let callback = returned.callback.clone();
    returned.browser.open(&callback).await;
    returned.browser.jar.0.clear();
    returned.refused(&callback, 400, "callback_unknown_state").await;
}

/// A double click: both requests carry the pending sign-in's cookie.
#[rocket::async_test]
async fn c20_a_double_submit_makes_one_exchange_and_one_session() {
    let returned = Returned::new().await;
    let mut tabs: Vec<_> = (0..8).map(|_| returned.browser.clone()).collect();
    let opened = tabs.iter_mut().map(|tab| {
        let callback = returned.callback.clone();
        async move { (tab.open(callback).await, tab.clone()) }
    });
    for (answer, mut tab) in rocket::futures::future::join_all(opened).await {
        assert_eq!(answer.location(), "/profile");
        assert_eq!(tab.fetch("/api/whoami").await.json()["sub"], ALICE);
    }
    assert_eq!(returned.bench.grants("authorization_code").len(), 1);
}

/// A second copy of the browser's cookies, kept from before: no way back into a session that was ended.
#[rocket::async_test]
async fn c19_a_callback_replayed_after_sign_out_brings_no_session_back() {
    let mut returned = Returned::new().await;
    let mut copy = returned.browser.clone();
    let callback = returned.callback.clone();
    returned.browser.open(&callback).await;
    returned.browser.submit("/logto/sign-out").await;
    copy.open(&callback).await;
    assert_eq!(copy.fetch("/api/whoami").await.status, 401);
    assert_eq!(returned.bench.grants("authorization_code").len(), 1);
}

#[rocket::async_test]
async fn c23_c24_another_persons_sign_in_replaces_the_session_and_ends_it() {
    let bench = Bench::probe_app().await;
    let mut shared = bench.signed_in("alice").await;
    let before = shared.clone();
    shared.sign_in(&bench.tenant, "bob").await;
    assert_ne!(shared.jar.session(), before.jar.session());
    assert_eq!(shared.open("/known").await.body, BOB);
    // Whoever kept a copy of the first session, or planted it, has nothing in hand.
    let mut planted = before;
    assert_eq!(planted.fetch("/known").await.status, 401);
    assert_eq!(shared.open("/known").await.body, BOB);
}

#[rocket::async_test]
async fn c23_a_failed_sign_in_leaves_the_session_alone() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let callback = alice.callback(&bench.tenant, "bob", "").await;
    bench.tenant.users().suspend("bob").unwrap();
    assert_eq!(alice.open(callback).await.status, 400);
    assert_eq!(alice.open("/known").await.body, ALICE);
}
