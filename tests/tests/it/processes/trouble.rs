//! The store goes away under a process that is at work.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use logto_tests::eventually;

use super::{Cluster, HOUR, Kind, UNTIL_ROTATION, impatient, in_each_store};

in_each_store! {
    i08_h14_a_store_that_comes_back_empty_is_one_clean_sign_in
    i08_a_lease_that_is_lost_does_no_harm
}

const A_MOMENT: Duration = Duration::from_millis(1_500);

async fn i08_h14_a_store_that_comes_back_empty_is_one_clean_sign_in(kind: Kind) {
    let mut cluster = Cluster::with(kind, 2, impatient).await;
    let mut alice = cluster.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    cluster.advance(UNTIL_ROTATION);
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(A_MOMENT));
    let asked = cluster.ask(0, &alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    cluster.database.lose_everything().await;

    let (answer, mut here) = asked.await.unwrap().unwrap();
    assert!(matches!(answer.status, 401 | 503), "{answer:?}");
    // Either process may still have to notice that its connection is gone.
    for node in 0..2 {
        let ask = || {
            let mut tab = cluster.nodes[node].opened_by(&alice);
            async move { tab.fetch("/token").await }
        };
        let answer = eventually("it answers again", ask, |answer| answer.status != 503).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.code(), "not_signed_in");
    }
    let (answer, hops) = here.follow("/known").await;
    assert!(hops <= 2, "{hops} hops: {answer:?}");
    assert!(here.jar.session().is_empty(), "{answer:?}");
    assert_eq!(cluster.refreshes(), before + 1);

    here.sign_in(&cluster.tenant, "alice").await;
    for node in 0..2 {
        assert_eq!(cluster.nodes[node].opened_by(&here).open("/known").await.body, ALICE);
        assert_eq!(cluster.nodes[node].opened_by(&here).fetch("/token").await.status, 200);
    }
}

/// SQLite runs in the process, and does not hang.
#[cfg(feature = "redis")]
#[rocket::async_test]
async fn i08_h11_h13_nobody_is_signed_out_while_redis_hangs() {
    nobody_is_signed_out(Kind::Redis).await;
}

#[cfg(feature = "postgres")]
#[rocket::async_test]
async fn i08_h11_h13_nobody_is_signed_out_while_postgresql_hangs() {
    nobody_is_signed_out(Kind::Postgres).await;
}

#[cfg(any(feature = "redis", feature = "postgres"))]
async fn nobody_is_signed_out(kind: Kind) {
    let cluster = Cluster::with(kind, 2, impatient).await;
    let alice = cluster.signed_in("alice").await;
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(A_MOMENT));
    let leads = cluster.ask(0, &alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    cluster.database.pause();
    for node in [0, 1, 0, 1] {
        for path in ["/known", "/token"] {
            let (answer, tab) = cluster.ask(node, &alice, path).await.unwrap().unwrap();
            assert_eq!((answer.status, answer.code().as_str()), (503, "store_unavailable"), "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            assert!(answer.cookies().is_empty(), "{answer:?}");
            assert_eq!(tab.jar.session(), alice.jar.session());
        }
    }
    let (answer, _) = leads.await.unwrap().unwrap();
    assert!(matches!(answer.status, 200 | 503), "{answer:?}");
    cluster.database.resume();
    for node in 0..2 {
        let ask = || {
            let mut tab = cluster.nodes[node].opened_by(&alice);
            async move { tab.fetch("/token").await }
        };
        let answer = eventually("it answers again", ask, |answer| answer.status != 503).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(cluster.refreshes() <= before + 2, "{}", cluster.refreshes());
}

/// Whoever has lost the lease without knowing it does not overwrite what another process has written since.
async fn i08_a_lease_that_is_lost_does_no_harm(kind: Kind) {
    for later in [HOUR, UNTIL_ROTATION] {
        let mut cluster = Cluster::start(kind, 2).await;
        let mut alice = cluster.signed_in("alice").await;
        assert_eq!(alice.fetch("/token").await.status, 200);
        cluster.advance(later);
        cluster.tenant.clock().freeze();
        let before = cluster.refreshes();
        cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_secs(4)));
        let slow = cluster.ask(0, &alice, "/token");
        cluster.until_more_refreshes_than(before).await;
        let fast = cluster.ask(1, &alice, "/token");
        // It is prolonged twice a second, so it may take several attempts.
        while cluster.refreshes() < before + 2 {
            cluster.database.lose_leases().await;
            assert!(!slow.is_finished() || cluster.refreshes() > before + 1, "nobody took the lease");
        }
        for asked in [slow, fast] {
            let (answer, _) = asked.await.unwrap().unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(cluster.refreshes(), before + 2);
        // Whatever refresh token is kept now, it is a good one: for both, twice.
        for _ in 0..2 {
            for node in 0..2 {
                cluster.advance(HOUR);
                assert_eq!(cluster.nodes[node].opened_by(&alice).fetch("/token").await.status, 200);
            }
        }
        assert_eq!(cluster.refreshes(), before + 6);
    }
}
