//! The store fails: nobody is signed out for it, and nothing is lost.

use logto_dev::recorded::ALICE;
use logto_tests::{Ask, Trouble, until, until_async};

use super::{HOUR, Nodes};

#[rocket::async_test]
async fn h11_a_store_that_is_down_is_no_sign_out() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    let cookies = alice.jar.session();
    nodes.store.trouble(Trouble::Down);
    for path in ["/known", "/token", "/open", "/userinfo", "/logto/user"] {
        for ask in [Ask::get(path).script(), Ask::get(path).navigation()] {
            let answer = alice.send(ask).await;
            assert_eq!(answer.status, 503, "{path}: {answer:?}");
            assert!(answer.header("retry-after").is_some(), "{path}: {answer:?}");
            assert!(answer.header("location").is_none(), "{path}: {answer:?}");
            assert!(answer.cookies().is_empty(), "{path}: {answer:?}");
        }
    }
    let refusal = alice.fetch("/known").await;
    assert_eq!(refusal.code(), "store_unavailable");
    assert_eq!(alice.jar.session(), cookies, "the cookie is untouched");
    nodes.store.trouble(None);
    assert_eq!(alice.open("/known").await.body, ALICE);
}

#[rocket::async_test]
async fn h12_who_has_no_session_does_not_notice() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    nodes.store.trouble(Trouble::Down);
    let before = nodes.store.all_calls();
    let mut nobody = nodes.bench.browser();
    assert_eq!(nobody.open("/open").await.body, "nobody");
    assert_eq!(nobody.fetch("/known").await.status, 401);
    assert_eq!(alice.open("/plain").await.body, "plain", "a route that does not ask who is there");
    let mut junk = nodes.bench.browser();
    junk.jar.0.insert(alice.jar.session().keys().next().unwrap().clone(), "no-id".to_owned());
    assert_eq!(junk.open("/open").await.body, "nobody", "what can be no id is not looked up");
    assert_eq!(nodes.store.all_calls(), before);
}

#[rocket::async_test]
async fn h13_a_store_that_hangs_is_given_up_on() {
    let nodes = Nodes::with(1, |figment| figment.merge(("logto.store_timeout", "50ms"))).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    nodes.store.trouble(Trouble::Hangs);
    let answer = alice.fetch("/known").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "store_unavailable"));
    nodes.store.trouble(None);
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn h14_a_store_that_forgot_everything_means_one_sign_in() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    nodes.store.lose();
    let (answer, hops) = alice.follow("/known").await;
    assert!(alice.jar.session().is_empty(), "the cookie that leads nowhere is gone: {answer:?}");
    assert!(hops <= 5, "{hops} hops: {answer:?}");
    alice.sign_in(&nodes.bench.tenant, "alice").await;
    assert_eq!(alice.open("/known").await.body, ALICE);
}

/// Logto has replaced the refresh token, and the store does not take the new one.
#[rocket::async_test]
async fn h15_a_new_refresh_token_outlives_a_store_that_cannot_write() {
    let nodes = Nodes::start(2).await;
    let mut here = nodes.bench.signed_in("alice").await;
    let mut there = here.at(&nodes.others[0]);
    nodes.bench.tenant.clock().advance(HOUR * 24 * 10);
    nodes.store.trouble(Trouble::ReadOnly);
    assert_eq!(here.fetch("/token").await.status, 200, "the token is there all the same");
    assert_eq!(here.fetch("/token").await.status, 200);
    assert_eq!(nodes.refreshes(), 1, "and is used again");
    let written = nodes.store.calls("replace");
    nodes.store.trouble(None);
    until("the store gets what it had not taken", || nodes.store.calls("replace") > written).await;
    nodes.bench.tenant.clock().advance(HOUR);
    assert_eq!(there.fetch("/token").await.status, 200, "the other node has it too");
    let used = nodes.bench.grants("refresh_token");
    assert_eq!(used.len(), 2);
    assert_ne!(used[0].param("refresh_token"), used[1].param("refresh_token"));
    assert_eq!(here.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn h16_a_record_that_does_not_open_is_nobody() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    nodes.store.trouble(Trouble::Corrupt);
    let answer = alice.fetch("/known").await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(alice.jar.session().is_empty());
}

#[rocket::async_test]
async fn h19_a_request_reads_once_and_writes_once() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    let calls = |method| nodes.store.calls(method);
    let before = (calls("load"), calls("replace"), nodes.store.all_calls());
    assert_eq!(alice.fetch("/known").await.status, 200);
    assert_eq!(
        (calls("load"), calls("replace"), nodes.store.all_calls()),
        (before.0 + 1, before.1, before.2 + 1)
    );
    let before = (calls("replace"), nodes.refreshes());
    assert_eq!(alice.fetch("/orders").await.status, 200);
    assert_eq!((calls("replace"), nodes.refreshes()), (before.0 + 1, before.1 + 1), "a refresh is one write");
}

#[rocket::async_test]
async fn h10_a_sign_in_without_a_store_says_so_and_goes_through_later() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.browser();
    let callback = alice.callback(&nodes.bench.tenant, "alice", "/known").await;
    nodes.store.trouble(Trouble::Down);
    let answer = alice.open(callback).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(alice.jar.session().is_empty());
    nodes.store.trouble(None);
    alice.sign_in(&nodes.bench.tenant, "alice").await;
    assert_eq!(alice.open("/known").await.body, ALICE);
}

#[rocket::async_test]
async fn k06_a_sign_out_while_the_store_is_down_is_made_good() {
    let nodes = Nodes::start(2).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    let mut copy = alice.at(&nodes.others[0]);
    nodes.store.trouble(Trouble::Down);
    let answer = alice.submit("/logto/sign-out").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(alice.jar.session().is_empty(), "signed out in this browser");
    nodes.store.trouble(None);
    until_async("and everywhere once the store is back", async || copy.fetch("/known").await.status == 401)
        .await;
}

#[rocket::async_test]
async fn q01_no_trouble_of_the_store_makes_a_loop() {
    for trouble in [Trouble::Down, Trouble::ReadOnly, Trouble::Corrupt] {
        let nodes = Nodes::start(1).await;
        let mut alice = nodes.bench.signed_in("alice").await;
        nodes.store.trouble(trouble);
        for path in ["/known", "/token"] {
            let (answer, hops) = alice.follow(path).await;
            assert!(hops <= 5, "{trouble:?}, {path}: {hops} hops, {answer:?}");
        }
    }
}
