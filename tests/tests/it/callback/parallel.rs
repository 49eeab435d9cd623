//! Several callbacks of one browser at the same time.

use logto_dev::Endpoint;
use logto_dev::recorded::{ALICE, BOB};
use logto_tests::{Bench, Browser, Jar, path_of};
use rocket::futures::future::join_all;

/// Tabs of one browser, each with its own way back from Logto; every callback is sent with the cookies of them all.
async fn tabs(bench: &Bench, users: &[&str]) -> (Browser, Vec<String>) {
    let mut browser = bench.browser();
    let mut callbacks = Vec::new();
    for (tab, user) in users.iter().enumerate() {
        let url = browser.begin(&format!("/open?tab={tab}")).await;
        callbacks.push(path_of(&bench.tenant.sign_in(url, user).await.unwrap()));
    }
    (browser, callbacks)
}

/// Sends them all at once, and gives back what each answer makes of the browser's cookies.
async fn at_once(browser: &Browser, callbacks: &[String]) -> Vec<Jar> {
    let opened = callbacks.iter().enumerate().map(|(tab, callback)| {
        let mut window = browser.clone();
        async move {
            assert_eq!(window.open(callback).await.location(), format!("/open?tab={tab}"));
            window.jar
        }
    });
    join_all(opened).await
}

/// Whichever answer the browser takes for the last, it is signed in, and no other session lives on.
#[rocket::async_test]
async fn field_34_parallel_callbacks_of_a_browser_leave_one_session() {
    for store in ["memory", "cookie"] {
        for count in [2, 4] {
            let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
            let (browser, callbacks) = tabs(&bench, &vec!["alice"; count]).await;
            let jars = at_once(&browser, &callbacks).await;
            for (tab, jar) in jars.into_iter().enumerate() {
                let mut last = browser.clone().holding(jar);
                assert_eq!(
                    last.fetch("/known").await.body,
                    ALICE,
                    "{store}: the answer of tab {tab} came last"
                );
                assert_eq!(last.fetch("/token").await.status, 200, "{store}: its grant lives, tab {tab}");
                if store == "memory" {
                    let sessions = last.fetch("/sessions").await.json();
                    assert_eq!(sessions.as_array().unwrap().len(), 1, "tab {tab}: {sessions}");
                }
            }
        }
    }
}

/// One after the other, and the second still with the cookies of before: as when its request was under way.
#[rocket::async_test]
async fn field_34_a_callback_that_was_under_way_joins_the_session_of_the_first() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let (browser, callbacks) = tabs(&bench, &["alice", "alice"]).await;
    let (mut first, mut second) = (browser.clone(), browser.clone());
    first.open(&callbacks[0]).await;
    second.open(&callbacks[1]).await;
    for browser in [&mut first, &mut second] {
        assert_eq!(browser.fetch("/known").await.body, ALICE);
        assert_eq!(browser.fetch("/sessions").await.json().as_array().unwrap().len(), 1);
    }
    assert_eq!(first.jar.session(), second.jar.session());
}

/// The session that the browser had before ends with them.
#[rocket::async_test]
async fn field_34_the_session_from_before_ends_too() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let mut old = bench.signed_in("alice").await;
    let mut browser = old.clone();
    let mut callbacks = Vec::new();
    for tab in 0..3 {
        let url = browser.begin(&format!("/open?tab={tab}")).await;
        callbacks.push(path_of(&bench.tenant.sign_in(url, "alice").await.unwrap()));
    }
    let jars = at_once(&browser, &callbacks).await;
    for jar in jars {
        let mut last = browser.clone().holding(jar);
        assert_eq!(last.fetch("/known").await.body, ALICE);
        assert_eq!(last.fetch("/sessions").await.json().as_array().unwrap().len(), 1);
    }
    assert_eq!(old.fetch("/known").await.status, 401);
}

/// A browser that is signed in at Logto comes back from there twice, and Logto has one grant for both: what ends here
/// must not end it.
#[rocket::async_test]
async fn field_34_the_grant_that_both_share_lives_on() {
    for store in ["memory", "cookie"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let (mut browser, mut at_logto) = (bench.browser(), bench.tenant.browser());
        let mut callbacks = Vec::new();
        for tab in 0..2 {
            let url = browser.begin(&format!("/open?tab={tab}")).await;
            callbacks.push(path_of(&at_logto.sign_in(url, "alice").await.unwrap()));
        }
        for jar in at_once(&browser, &callbacks).await {
            let mut last = browser.clone().holding(jar);
            assert_eq!(last.fetch("/token").await.status, 200, "{store}");
            bench.tenant.clock().advance(std::time::Duration::from_secs(3600));
            assert_eq!(last.fetch("/token").await.status, 200, "{store}: it is refreshed");
        }
    }
}

/// Two people in one browser: the later one has it, and the other one's session is over, at Logto too.
#[rocket::async_test]
async fn field_34_of_two_people_the_later_one_stays() {
    for store in ["memory", "cookie"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let (browser, callbacks) = tabs(&bench, &["alice", "bob"]).await;
        let (mut first, mut second) = (browser.clone(), browser.clone());
        first.open(&callbacks[0]).await;
        second.open(&callbacks[1]).await;
        assert_eq!(second.fetch("/known").await.body, BOB, "{store}");
        assert_eq!(first.fetch("/known").await.status, 401, "{store}: nobody holds it");
        logto_tests::until("her grant ends at Logto", || bench.count(Endpoint::Revocation) == 1).await;
    }
}

/// A step-up is not answered with a session that is older than it asks for.
#[rocket::async_test]
async fn field_34_a_fresh_sign_in_stays_fresh() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let mut browser = bench.browser();
    let url = browser.begin("/open").await;
    let plain = path_of(&bench.tenant.sign_in(url, "alice").await.unwrap());
    let asked = browser.open("/logto/sign-in?max_age=60&return_to=/known").await;
    let url = reqwest::Url::parse(asked.location()).unwrap();
    let fresh = path_of(&bench.tenant.sign_in(url, "alice").await.unwrap());
    let (mut first, mut second) = (browser.clone(), browser.clone());
    first.open(plain).await;
    second.open(fresh).await;
    assert_eq!(second.fetch("/known").await.body, ALICE);
    assert_eq!(second.fetch("/sessions").await.json().as_array().unwrap().len(), 1);
    assert_ne!(first.jar.session(), second.jar.session());
}

/// Whoever has signed out stays so, whatever callback comes later with cookies from before.
#[rocket::async_test]
async fn field_34_a_callback_brings_no_session_back() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let (browser, callbacks) = tabs(&bench, &["alice", "alice"]).await;
    let (mut first, mut second) = (browser.clone(), browser.clone());
    first.open(&callbacks[0]).await;
    let before = first.jar.session();
    let mut copy = first.clone();
    first.submit("/logto/sign-out").await;
    second.open(&callbacks[1]).await;
    assert_ne!(second.jar.session(), before);
    assert_eq!(copy.fetch("/known").await.status, 401);
    assert_eq!(second.fetch("/known").await.body, ALICE);
}
