//! What comes late: answers of sessions that were replaced, changes that were given up on, ends while the store is down.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::{Logto, User, require_auth};
use logto_tests::{App, Ask, Bench, Browser, SharedStore, Trouble, until};
use rocket::tokio;
use rocket::tokio::time::Instant;
use rocket::{State, post, routes};

use super::{HOUR, Nodes, shared};

/// Anybody can send a cookie that looks like an id. While the store is down each such sign-out leaves a task behind
/// that tries to remove what was never there for ten minutes; when the store is back, all of them write at once.
#[rocket::async_test]
async fn sign_outs_of_strangers_leave_no_task_behind_each() {
    const STRANGERS: usize = 600;
    /// As many as may wait of what nobody can prove to be a session.
    const BOUND: usize = 256;
    let nodes = Nodes::start(1).await;
    let alice = nodes.bench.signed_in("alice").await;
    let name = alice.jar.session().keys().next().unwrap().clone();
    nodes.store.trouble(Trouble::Down);
    for number in 0..STRANGERS {
        let mut stranger = nodes.bench.browser();
        stranger.jar.0.insert(name.clone(), format!("{number:0>42}A"));
        let answer = stranger.send(Ask::post("/logto/sign-out")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
    }
    nodes.store.trouble(None);
    let before = nodes.store.calls("remove");
    let deadline = Instant::now() + Duration::from_secs(4);
    while Instant::now() < deadline && nodes.store.calls("remove") - before < STRANGERS {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let removed = nodes.store.calls("remove") - before;
    assert!(removed <= BOUND, "{removed} tasks were waiting for the store, for people who have no session");
}

/// A handler that does not wait for longer than it wants to.
#[require_auth(via = "session")]
#[post("/leave-or-give-up")]
async fn leave_or_give_up(user: User, store: &State<SharedStore>) -> &'static str {
    store.trouble(Trouble::Hangs);
    let left = tokio::time::timeout(Duration::from_millis(20), user.leave_organization()).await;
    store.trouble(None);
    if left.is_err() { "given up" } else { "left" }
}

/// What was given up on stays among what the store has not taken, and nobody offers it: so nobody writes the
/// session for its idle time either, and whoever uses it every hour is signed out after a day.
#[rocket::async_test]
async fn a_change_that_is_given_up_on_does_not_stop_renewal() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), SharedStore::new());
    let rocket = Bench::rocket(&tenant, Logto::fairing().session_store(store.clone()), |figment| {
        shared(figment).merge(("logto.session_idle", "1d")).merge(("logto.store_timeout", "10s"))
    });
    let app = App::serve(rocket.manage(store).mount("/", routes![leave_or_give_up])).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    assert_eq!(alice.submit("/leave-or-give-up").await.body, "given up");
    for hour in 1..=30 {
        tenant.clock().advance(HOUR);
        let answer = alice.fetch("/known").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "hour {hour}: {answer:?}");
    }
}

/// A page that polls, and a sign-in in another tab (a step-up, say): the poll's answer comes last, and takes away
/// the cookie of the session that has just begun, which has the same name.
#[rocket::async_test]
async fn a_late_request_of_a_replaced_session_leaves_its_successor_alone() {
    let mut signed_out = Vec::new();
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.faults().on(Endpoint::Token).times(1).fault(Fault::Delay(Duration::from_millis(1_500)));
        let mut poll = alice.clone();
        let poll = tokio::spawn(async move { poll.fetch("/token").await });
        until("the poll is on its way", || !bench.grants("refresh_token").is_empty()).await;
        alice.sign_in(&bench.tenant, "alice").await;
        assert_eq!(alice.fetch("/known").await.status, 200);
        let answer = poll.await.unwrap();
        answer.cookies().iter().for_each(|cookie| alice.jar.apply(cookie));
        if alice.fetch("/known").await.status != 200 {
            signed_out.push(store);
        }
    }
    assert!(
        signed_out.is_empty(),
        "signed out by a request of the session before, with sessions in: {signed_out:?}"
    );
}

/// Only the first of several changes that wait starts what offers them; after one that was given up on, a new
/// refresh token that the store does not take is offered by nobody. (Compare `h15_…`.)
#[rocket::async_test]
async fn a_change_that_is_given_up_on_does_not_stop_offers() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), SharedStore::new());
    let rocket = Bench::rocket(&tenant, Logto::fairing().session_store(store.clone()), |figment| {
        shared(figment).merge(("logto.store_timeout", "10s"))
    });
    let app = App::serve(rocket.manage(store.clone()).mount("/", routes![leave_or_give_up])).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    assert_eq!(alice.submit("/leave-or-give-up").await.body, "given up");
    tenant.clock().advance(HOUR * 24 * 10);
    store.trouble(Trouble::ReadOnly);
    assert_eq!(alice.fetch("/token").await.status, 200, "with a new refresh token, which is in memory alone");
    let written = store.calls("replace");
    store.trouble(None);
    until("the store gets what it had not taken", || store.calls("replace") > written).await;
}
