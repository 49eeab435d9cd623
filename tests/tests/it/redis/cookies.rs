//! Sessions in cookies, with Redis for what several processes must agree on.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::{App, Ask, Bench, Browser, RedisServer, eventually, until, until_async};

const KEY: &str = "a key that all nodes of this test have in common";

/// An application with its sessions in cookies, and in Redis what has ended.
async fn in_cookies(tenant: &Tenant, server: &RedisServer) -> App {
    Bench::another_probe_app(tenant, |figment| {
        figment
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.redis_url", server.url()))
            .merge(("logto.cookie_keys", [KEY]))
    })
    .await
}

/// The same sign-out with `session_store` is made good (`k06_a_sign_out_while_the_store_is_down_is_made_good`); this
/// one does nothing at all: no mark, not even in this process, and Logto is not told.
#[rocket::async_test]
async fn a_sign_out_while_redis_is_down_ends_copies_of_the_cookies() {
    let (tenant, mut server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let app = in_cookies(&tenant, &server).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    let mut copy = alice.clone();
    server.stop();
    assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
    assert!(alice.jar.session().is_empty(), "the browser is told that it is signed out");
    let revoked = tenant.journal().count(Endpoint::Revocation);
    server.run().await;
    until_async("Redis is there again", async || copy.fetch("/known").await.status != 503).await;
    until_async("copies of the cookies are dead", async || copy.fetch("/known").await.status == 401).await;
    assert_eq!(revoked, 1, "Logto was told at once");
}

/// And so a request that was under way brings the session back into the very browser that has signed out.
#[rocket::async_test]
async fn a_sign_out_while_redis_is_down_is_not_undone_by_a_request_under_way() {
    let (tenant, mut server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let app = in_cookies(&tenant, &server).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    let seen = tenant.journal().count(Endpoint::Token);
    tenant.faults().on(Endpoint::Token).times(1).fault(Fault::Delay(Duration::from_millis(2_500)));
    let mut poll = alice.clone();
    let poll = rocket::tokio::spawn(async move { poll.fetch("/token").await });
    until("the poll is on its way", || tenant.journal().count(Endpoint::Token) > seen).await;
    server.stop();
    assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
    assert!(alice.jar.session().is_empty());
    let answer = poll.await.unwrap();
    answer.cookies().iter().for_each(|cookie| alice.jar.apply(cookie));
    server.run().await;
    until_async("Redis is there again", async || alice.clone().fetch("/known").await.status != 503).await;
    assert_eq!(alice.fetch("/known").await.status, 401, "signed out is signed out");
}

/// `store_timeout` is how long anybody waits for the store; of more than 500 ms Redis is not told.
#[rocket::async_test]
async fn redis_has_the_time_that_the_setting_gives() {
    let (tenant, server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let app = Bench::another_probe_app(&tenant, |figment| {
        figment
            .merge(("logto.session_store", "redis"))
            .merge(("logto.store_timeout", "20s"))
            .merge(("logto.redis_url", server.url()))
            .merge(("logto.cookie_keys", [KEY]))
    })
    .await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    server.pause();
    let asked = rocket::tokio::spawn(async move { alice.fetch("/known").await });
    rocket::tokio::time::sleep(Duration::from_millis(1_500)).await;
    server.resume();
    assert_eq!(asked.await.unwrap().status, 200);
}

/// An application with its sessions in Redis.
async fn in_redis(tenant: &Tenant, server: &RedisServer) -> App {
    Bench::another_probe_app(tenant, |figment| {
        figment
            .merge(("logto.session_store", "redis"))
            .merge(("logto.redis_url", server.url()))
            .merge(("logto.cookie_keys", [KEY]))
    })
    .await
}

#[rocket::async_test]
async fn field_01_no_id_of_a_session_in_redis_is_planted() {
    let (tenant, server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let bench = Bench { app: in_redis(&tenant, &server).await, tenant };
    let (alice, bob) = (bench.signed_in("alice").await.jar, bench.signed_in("bob").await.jar);
    let own = alice.header().unwrap();
    for space in ["\u{a0}", "\u{2000}", "\u{3000}", "%20", "="] {
        let planted: Vec<String> =
            bob.0.iter().map(|(name, value)| format!("{space}{name}={value}")).collect();
        let planted = planted.join("; ");
        let open = async |cookies: &str| bench.call(Ask::get("/open").header("cookie", cookies)).await.body;
        assert_eq!(open(&planted).await, "nobody", "{space:?}");
        assert_eq!(open(&format!("{planted}; {own}")).await, ALICE, "{space:?}");
        assert_eq!(open(&format!("{own}; {planted}")).await, ALICE, "{space:?}");
    }
}

#[rocket::async_test]
async fn field_34_parallel_callbacks_leave_one_session_in_redis() {
    let (tenant, server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let bench = Bench { app: in_redis(&tenant, &server).await, tenant };
    let mut browser = bench.browser();
    let (mut first, mut second) = {
        let one = browser.callback(&bench.tenant, "alice", "").await;
        let two = browser.callback(&bench.tenant, "alice", "").await;
        let (mut first, mut second) = (browser.clone(), browser.clone());
        rocket::futures::future::join(first.open(one), second.open(two)).await;
        (first, second)
    };
    for tab in [&mut first, &mut second] {
        assert_eq!(tab.fetch("/known").await.body, ALICE);
        assert_eq!(tab.fetch("/sessions").await.json().as_array().unwrap().len(), 1);
    }
}

/// Redis goes away between the exchange and what comes of it, and comes back.
#[rocket::async_test]
async fn field_19_a_callback_can_be_repeated_when_redis_is_back() {
    let (tenant, mut server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let bench = Bench { app: in_redis(&tenant, &server).await, tenant };
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    server.stop();
    assert_eq!(alice.open(&callback).await.code(), "store_unavailable");
    assert_eq!(alice.jar.pending_sign_ins().len(), 1);
    server.run().await;
    let ask = || {
        let (mut again, callback) = (alice.clone(), callback.clone());
        async move { again.open(callback).await }
    };
    let answer = eventually("she is signed in", ask, |answer| answer.status != 503).await;
    assert_eq!(answer.location(), "/known");
    assert_eq!(bench.grants("authorization_code").len(), 1);
}
