//! The process that talks to Logto is killed.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use logto_tests::Browser;
use rocket::futures::future::join_all;

use super::{Asked, Cluster, HOUR, Kind, UNTIL_ROTATION, impatient, in_each_store};

in_each_store! {
    i04_killed_before_logto_acted_nobody_notices
    i04_killed_after_logto_acted_a_refresh_token_that_stays_still_works
    i04_killed_after_logto_acted_a_replaced_refresh_token_is_in_its_grace
    i04_killed_after_logto_acted_and_past_the_grace_it_is_one_clean_sign_in
    i04_killed_before_it_wrote
}

/// Longer than Logto takes a replaced refresh token once more.
const GRACE: Duration = Duration::from_secs(3);
/// Longer than a process lives here.
const NEVER: Duration = Duration::from_secs(600);

/// Two processes, and somebody whose access token has expired. After `later`, the refresh token is young or due
/// for rotation.
async fn expired(kind: Kind, later: Duration) -> (Cluster, Browser) {
    let mut cluster = Cluster::with(kind, 2, impatient).await;
    let mut alice = cluster.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    alice.jar.0.retain(|name, _| !name.ends_with("_redirect_loop")); // its half minute is over
    cluster.advance(later);
    (cluster, alice)
}

/// Lets the first process begin its next refresh, which ends like this, and kills it on the way.
async fn kill_on_the_way(cluster: &mut Cluster, alice: &Browser, fault: Fault) -> usize {
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(fault);
    let asked = cluster.ask(0, alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    cluster.nodes.remove(0).kill();
    assert!(asked.await.unwrap().is_none(), "nobody answers any more");
    before
}

async fn i04_killed_before_logto_acted_nobody_notices(kind: Kind) {
    for later in [HOUR, UNTIL_ROTATION] {
        let (mut cluster, alice) = expired(kind, later).await;
        let before = kill_on_the_way(&mut cluster, &alice, Fault::Hang).await;
        let asked = (0..20).map(|_| cluster.ask(0, &alice, "/token"));
        for answer in join_all(asked).await {
            let (answer, _) = answer.unwrap().unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(cluster.refreshes(), before + 2, "one that came to nothing, and one for it");
    }
}

/// Logto has acted, and its answer never arrives. A refresh token that was not replaced is as good as before.
async fn i04_killed_after_logto_acted_a_refresh_token_that_stays_still_works(kind: Kind) {
    let (mut cluster, alice) = expired(kind, HOUR).await;
    let before = kill_on_the_way(&mut cluster, &alice, Fault::Delay(NEVER)).await;
    cluster.advance(GRACE * 2);
    let mut there = cluster.nodes[0].opened_by(&alice);
    assert_eq!(there.fetch("/token").await.status, 200);
    assert_eq!(cluster.refreshes(), before + 2);
    let used = cluster.grants("refresh_token");
    assert_eq!(used[before].param("refresh_token"), used[before + 1].param("refresh_token"));
}

/// One that was replaced is taken once more, for three seconds.
async fn i04_killed_after_logto_acted_a_replaced_refresh_token_is_in_its_grace(kind: Kind) {
    let (mut cluster, alice) = expired(kind, UNTIL_ROTATION).await;
    // So that the machine's other work does not eat them up.
    cluster.tenant.clock().freeze();
    let before = kill_on_the_way(&mut cluster, &alice, Fault::Delay(NEVER)).await;
    let mut there = cluster.nodes[0].opened_by(&alice);
    assert_eq!(there.fetch("/token").await.status, 200);
    assert_eq!(cluster.refreshes(), before + 2);
    // And it goes on with the successor.
    cluster.advance(HOUR);
    assert_eq!(there.fetch("/token").await.status, 200);
    let used = cluster.grants("refresh_token");
    assert_eq!(used.len(), before + 3);
    assert_eq!(used[before].param("refresh_token"), used[before + 1].param("refresh_token"));
    assert_ne!(used[before].param("refresh_token"), used[before + 2].param("refresh_token"));
}

async fn i04_killed_after_logto_acted_and_past_the_grace_it_is_one_clean_sign_in(kind: Kind) {
    let (mut cluster, alice) = expired(kind, UNTIL_ROTATION).await;
    let before = kill_on_the_way(&mut cluster, &alice, Fault::Delay(NEVER)).await;
    cluster.advance(GRACE * 2);
    let mut there = cluster.nodes[0].opened_by(&alice);
    let (answer, hops) = there.follow("/token").await;
    assert!(hops <= 2, "{hops} hops: {answer:?}");
    assert!(answer.location().starts_with(cluster.tenant.endpoint()), "to Logto: {answer:?}");
    assert!(there.jar.session().is_empty(), "{answer:?}");
    assert_eq!(cluster.refreshes(), before + 2);
    there.sign_in(&cluster.tenant, "alice").await;
    assert_eq!(there.fetch("/token").await.status, 200);
    assert_eq!(there.open("/known").await.body, ALICE);
}

/// The answer has arrived and is used, but the store takes no writes: it never hears of the new refresh token.
async fn i04_killed_before_it_wrote(kind: Kind) {
    for later in [HOUR, UNTIL_ROTATION] {
        let (mut cluster, alice) = expired(kind, later).await;
        let (before, asked) = answered_soon(&cluster, &alice).await;
        let refused = cluster.database.refuse_writes().await;
        let (answer, _) = asked.await.unwrap().unwrap();
        assert_eq!(answer.status, 200, "the token is there all the same: {answer:?}");
        cluster.nodes.remove(0).kill();
        // Whoever has hung up by now is forgotten.
        refused.end().await;
        goes_on(&mut cluster, &alice).await;
        assert_eq!(
            cluster.refreshes(),
            before + 3,
            "the one that was lost, one for it, and one an hour later"
        );
    }
}

/// The same, but Redis only sleeps: what it was sent it does when it wakes up, though the process is dead by then.
/// PostgreSQL ends with a process's connections, and SQLite runs in the process.
#[cfg(feature = "redis")]
#[rocket::async_test]
async fn i04_killed_before_its_write_was_read() {
    for later in [HOUR, UNTIL_ROTATION] {
        let (mut cluster, alice) = expired(Kind::Redis, later).await;
        let (before, asked) = answered_soon(&cluster, &alice).await;
        cluster.database.pause();
        let (answer, _) = asked.await.unwrap().unwrap();
        assert_eq!(answer.status, 200, "the token is there all the same: {answer:?}");
        cluster.nodes.remove(0).kill();
        cluster.database.resume();
        goes_on(&mut cluster, &alice).await;
        let calls = cluster.refreshes() - before;
        assert!((2..=3).contains(&calls), "{calls}");
    }
}

/// The first process has asked Logto, and gets its answer soon. Logto's clock stands still, so that the machine's
/// other work does not eat up its patience.
async fn answered_soon(cluster: &Cluster, alice: &Browser) -> (usize, Asked) {
    cluster.tenant.clock().freeze();
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_millis(1_500)));
    let asked = cluster.ask(0, alice, "/token");
    cluster.until_more_refreshes_than(before).await;
    (before, asked)
}

/// The process that is left has a token, and an hour later another one.
async fn goes_on(cluster: &mut Cluster, alice: &Browser) {
    for _ in 0..2 {
        let mut there = cluster.nodes[0].opened_by(alice);
        assert_eq!(there.fetch("/token").await.status, 200);
        cluster.advance(HOUR);
    }
}
