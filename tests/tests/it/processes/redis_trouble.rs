//! Redis goes away under a process that is at work.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use logto_tests::eventually;

use super::{Cluster, HOUR, UNTIL_ROTATION, impatient};

const A_MOMENT: Duration = Duration::from_millis(1_500);

#[rocket::async_test]
async fn i08_h14_a_redis_that_comes_back_empty_is_one_clean_sign_in() {
    let mut cluster = Cluster::with(2, impatient).await;
    let mut alice = cluster.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    cluster.advance(UNTIL_ROTATION);
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(A_MOMENT));
    let asked = cluster.ask(0, &alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    cluster.redis.run().await;

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

#[rocket::async_test]
async fn i08_h11_h13_nobody_is_signed_out_while_redis_hangs() {
    let cluster = Cluster::with(2, impatient).await;
    let alice = cluster.signed_in("alice").await;
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(A_MOMENT));
    let leads = cluster.ask(0, &alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    cluster.redis.pause();
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
    cluster.redis.resume();
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
#[rocket::async_test]
async fn i08_a_lease_that_is_lost_does_no_harm() {
    for later in [HOUR, UNTIL_ROTATION] {
        let mut cluster = Cluster::start(2).await;
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
            for key in cluster.redis.keys().await.iter().filter(|key| key.starts_with("logto:lease:")) {
                let _: i64 = cluster.redis.command(&["DEL", key]).await;
            }
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
