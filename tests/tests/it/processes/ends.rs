//! What ends in one process has ended in all.

use std::time::Duration;

use logto_dev::recorded::{ALICE, BCL_APP, BOB};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Answer, Ask, Browser, path_of, until};
use rocket::figment::Figment;

use super::{Cluster, HOUR, Kind, UNTIL_ROTATION, in_each_store};

in_each_store! {
    h17_a_sign_out_in_one_process_is_one_in_the_other
    k17_the_end_of_all_sessions_of_a_person_is_one_in_all_processes
    k10_a_logout_token_counts_once_for_all_processes
    k13_k17_a_sign_out_at_logto_that_one_process_hears_of_ends_the_session_in_the_other
    k05_i17_a_sign_out_beats_a_refresh_under_way_in_another_process
}

/// Where sessions are; what has ended is in the store in any case. Only Redis is also used with sessions in cookies.
fn places(kind: Kind) -> &'static [&'static str] {
    match kind {
        #[cfg(feature = "redis")]
        Kind::Redis => &["store", "cookie"],
        #[cfg(any(feature = "postgres", feature = "sqlite"))]
        _ => &["store"],
    }
}

fn kept_in(place: &'static str) -> impl FnOnce(Figment) -> Figment {
    move |figment| if place == "cookie" { figment.merge(("logto.session_store", place)) } else { figment }
}

fn told_by_logto(figment: Figment) -> Figment {
    figment
        .merge(("logto.app_id", BCL_APP.id))
        .merge(("logto.app_secret", BCL_APP.secret))
        .merge(("logto.backchannel_logout", true))
}

/// The next request of this browser, at another process.
async fn status_at(cluster: &Cluster, node: usize, browser: &Browser) -> (u16, Browser) {
    let mut tab = cluster.nodes[node].opened_by(browser);
    (tab.fetch("/known").await.status, tab)
}

async fn h17_a_sign_out_in_one_process_is_one_in_the_other(kind: Kind) {
    for &store in places(kind) {
        let cluster = Cluster::with(kind, 2, kept_in(store)).await;
        let mut alice = cluster.signed_in("alice").await;
        let copy = alice.clone();
        // The other process has seen the session, and could remember it.
        assert_eq!(status_at(&cluster, 1, &copy).await.0, 200, "{store}");
        let answer = alice.submit("/logto/sign-out").await;
        assert_eq!(answer.status, 303, "{store}: {answer:?}");
        for node in [1, 0] {
            let (status, tab) = status_at(&cluster, node, &copy).await;
            assert_eq!(status, 401, "{store}: within one request");
            assert!(tab.jar.session().is_empty(), "{store}: the cookie goes in the same answer");
        }
    }
}

async fn k17_the_end_of_all_sessions_of_a_person_is_one_in_all_processes(kind: Kind) {
    for &store in places(kind) {
        let cluster = Cluster::with(kind, 2, kept_in(store)).await;
        let (office, home) = (cluster.signed_in("alice").await, cluster.signed_in("alice").await);
        let bob = cluster.signed_in("bob").await;
        for browser in [&office, &home, &bob] {
            assert_eq!(status_at(&cluster, 1, browser).await.0, 200, "{store}");
        }
        let mut administrator = cluster.nodes[0].browser();
        let answer = administrator.send(Ask::post(format!("/people/{ALICE}/end"))).await;
        assert_eq!(answer.status, 200, "{store}: {answer:?}");
        for browser in [&office, &home] {
            let (status, tab) = status_at(&cluster, 1, browser).await;
            assert_eq!(status, 401, "{store}");
            assert!(tab.jar.session().is_empty(), "{store}");
        }
        let mut bob = cluster.nodes[1].opened_by(&bob);
        assert_eq!(bob.open("/known").await.body, BOB, "{store}");
        // A sign-in in the same second is a later one, at either process.
        let mut alice = cluster.nodes[1].browser();
        alice.sign_in(&cluster.tenant, "alice").await;
        assert_eq!(status_at(&cluster, 0, &alice).await.0, 200, "{store}");
        assert_eq!(status_at(&cluster, 0, &office).await.0, 401, "{store}: the old cookie stays dead");
    }
}

async fn tell(cluster: &Cluster, node: usize, token: &str) -> Answer {
    let form = format!("logout_token={token}");
    let ask = Ask::post("/logto/backchannel-logout").body("application/x-www-form-urlencoded", form);
    cluster.nodes[node].browser().send(ask).await
}

async fn k10_a_logout_token_counts_once_for_all_processes(kind: Kind) {
    for &store in places(kind) {
        let cluster = Cluster::with(kind, 2, |figment| told_by_logto(kept_in(store)(figment))).await;
        let alice = cluster.signed_in("alice").await;
        let token = cluster.tenant.logout_token(Issue::user("alice").client(BCL_APP.id)).unwrap();
        let answer = tell(&cluster, 1, &token).await;
        assert_eq!(answer.status, 200, "{store}: {answer:?}");
        assert_eq!(status_at(&cluster, 0, &alice).await.0, 401, "{store}");
        for node in [0, 1] {
            let answer = tell(&cluster, node, &token).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "token_replayed"), "{store}");
        }
    }
}

/// Logto tells one process; by `sid`, so the person's other session lives on.
async fn k13_k17_a_sign_out_at_logto_that_one_process_hears_of_ends_the_session_in_the_other(kind: Kind) {
    for &store in places(kind) {
        let cluster = Cluster::with(kind, 2, |figment| told_by_logto(kept_in(store)(figment))).await;
        let mut at_logto = cluster.tenant.browser();
        let mut office = cluster.nodes[1].browser();
        let callback = at_logto.sign_in(office.begin("").await, "alice").await.unwrap();
        assert_eq!(office.open(path_of(&callback)).await.location(), "/", "{store}");
        let home = cluster.signed_in("alice").await;
        assert_eq!(status_at(&cluster, 1, &office).await.0, 200, "{store}");

        let uri = format!("http://{}/logto/backchannel-logout", cluster.nodes[0].address());
        let tell = |application: logto_dev::Application| application.backchannel_logout_uri(uri, true);
        cluster.tenant.applications().change(BCL_APP.id, tell).unwrap();
        let end = format!("{}/oidc/session/end?client_id={}", cluster.tenant.endpoint(), BCL_APP.id);
        at_logto.sign_out(end).await.unwrap();
        let delivered: Vec<_> =
            cluster.tenant.logout_deliveries().into_iter().map(|delivery| delivery.status).collect();
        assert_eq!(delivered, [Ok(200)], "{store}");

        let (status, tab) = status_at(&cluster, 1, &office).await;
        assert_eq!(status, 401, "{store}");
        assert!(tab.jar.session().is_empty(), "{store}");
        assert_eq!(status_at(&cluster, 1, &home).await.0, 200, "{store}: the other session lives on");
    }
}

async fn k05_i17_a_sign_out_beats_a_refresh_under_way_in_another_process(kind: Kind) {
    for &store in places(kind) {
        let mut cluster = Cluster::with(kind, 2, kept_in(store)).await;
        let mut here = cluster.signed_in("alice").await;
        cluster.advance(UNTIL_ROTATION);
        let before = cluster.refreshes();
        cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_millis(1_500)));
        let copy = here.clone();
        let refresh = cluster.ask(1, &copy, "/token");
        cluster.until_more_refreshes_than(before).await;
        let answer = here.submit("/logto/sign-out").await;
        assert_eq!(answer.status, 303, "{store}: {answer:?}");
        assert!(!refresh.is_finished(), "{store}: this machine is too slow for this test");

        let (answer, there) = refresh.await.unwrap().unwrap();
        assert_eq!(answer.status, 401, "{store}: {answer:?}");
        assert!(there.jar.session().is_empty(), "{store}: {answer:?}");
        // Neither what the browser had nor what the answer brought opens anything, anywhere.
        for node in 0..2 {
            for tab in [&copy, &there] {
                assert_eq!(status_at(&cluster, node, tab).await.0, 401, "{store}");
            }
        }
        // The refresh token that the session had, and the one that came.
        let revoked = || {
            let calls = cluster.tenant.journal().of(Endpoint::Revocation);
            let tokens = calls.iter().filter_map(|call| call.param("token").map(str::to_owned));
            tokens.collect::<std::collections::BTreeSet<_>>()
        };
        until(&format!("{store}: both are revoked"), || revoked().len() == 2).await;
        let used = cluster.grants("refresh_token");
        assert!(revoked().contains(used[before].param("refresh_token").unwrap()), "{store}");
        cluster.advance(HOUR);
        assert_eq!(status_at(&cluster, 1, &copy).await.0, 401, "{store}: nothing comes back");
        assert_eq!(cluster.refreshes(), before + 1, "{store}");
    }
}
