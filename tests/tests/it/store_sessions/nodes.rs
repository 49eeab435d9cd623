//! One application on several nodes.

use std::time::Duration;

use logto_dev::recorded::{ACME, ALICE, GLOBEX};
use logto_dev::{Endpoint, Fault};
use logto_tests::{claims_of, until};
use rocket::futures::future::join_all;
use rocket::tokio;

use super::{HOUR, Nodes};

#[rocket::async_test]
async fn h17_a_session_is_everywhere_and_its_end_is_too() {
    let nodes = Nodes::start(2).await;
    let mut here = nodes.bench.signed_in("alice").await;
    let mut there = here.at(&nodes.others[0]);
    assert_eq!(there.open("/known").await.body, ALICE);
    let before = nodes.store.all_calls();
    here.submit("/logto/sign-out").await;
    assert!(nodes.store.all_calls() > before);
    assert_eq!(there.fetch("/known").await.status, 401, "within one request");
    assert!(there.jar.session().is_empty(), "the cookie goes in the same answer");
}

#[rocket::async_test]
async fn i02_eight_nodes_refresh_once() {
    let nodes = Nodes::start(8).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    nodes.bench.tenant.clock().advance(HOUR);
    let before = nodes.refreshes();
    let everywhere = nodes.others.iter().chain([&nodes.bench.app]);
    let asked = everywhere.flat_map(|app| (0..50).map(|_| alice.at(app)).collect::<Vec<_>>()).map(
        |mut tab| async move {
            let answer = tab.fetch("/token").await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["token"].as_str().unwrap().to_owned()
        },
    );
    let mut tokens = join_all(asked).await;
    assert_eq!(tokens.len(), 400);
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all have the same token");
    assert_eq!(nodes.refreshes(), before + 1);
}

/// The lease lasts two seconds; the call takes longer.
#[rocket::async_test]
async fn i07_a_slow_token_call_keeps_its_lease() {
    let nodes = Nodes::start(2).await;
    let alice = nodes.bench.signed_in("alice").await;
    let before = nodes.refreshes();
    nodes.bench.tenant.faults().on(Endpoint::Token).fault(Fault::Delay(Duration::from_secs(5)));
    let (mut here, mut there) = (alice.clone(), alice.at(&nodes.others[0]));
    let (one, two) = tokio::join!(here.fetch("/token"), there.fetch("/token"));
    assert_eq!((one.status, two.status), (200, 200), "{one:?} {two:?}");
    assert_eq!(one.json()["token"], two.json()["token"]);
    assert_eq!(nodes.refreshes(), before + 1);
}

#[rocket::async_test]
async fn i05_i09_a_node_uses_the_refresh_token_that_another_one_got() {
    let nodes = Nodes::start(2).await;
    let mut here = nodes.bench.signed_in("alice").await;
    let mut there = here.at(&nodes.others[0]);
    // Past 70 % of its life, each use replaces the refresh token.
    nodes.bench.tenant.clock().advance(HOUR * 24 * 10);
    for _ in 0..3 {
        assert_eq!(here.fetch("/token").await.status, 200);
        nodes.bench.tenant.clock().advance(HOUR);
        assert_eq!(there.fetch("/token").await.status, 200);
        nodes.bench.tenant.clock().advance(HOUR);
    }
    let used: Vec<_> = nodes
        .bench
        .grants("refresh_token")
        .iter()
        .map(|call| call.param("refresh_token").unwrap().to_owned())
        .collect();
    assert_eq!(used.len(), 6);
    assert_ne!(used[0], used[1], "the second node uses what the first one got");
    assert_eq!(used[1..].iter().filter(|token| **token == used[1]).count(), 5);
}

#[rocket::async_test]
async fn i06_nodes_never_get_each_other_s_tokens() {
    let nodes = Nodes::start(2).await;
    let carol = nodes.bench.signed_in("carol").await;
    let paths: [(String, String); 4] = [
        ("/token".to_owned(), "https://shopping.your-app.com/api".to_owned()),
        ("/ping".to_owned(), "https://other.your-app.com/api".to_owned()),
        (format!("/orgs/{ACME}/token"), format!("urn:logto:organization:{ACME}")),
        (format!("/orgs/{GLOBEX}/token"), format!("urn:logto:organization:{GLOBEX}")),
    ];
    for _ in 0..5 {
        let asked = paths.iter().flat_map(|(path, audience)| {
            [&nodes.bench.app, &nodes.others[0]].map(|app| {
                let (mut tab, path, audience) = (carol.at(app), path.clone(), audience.clone());
                async move {
                    let answer = tab.fetch(path.clone()).await;
                    assert_eq!(answer.status, 200, "{path}: {answer:?}");
                    let token = answer.json()["token"].as_str().unwrap().to_owned();
                    assert_eq!(claims_of(&token)["aud"], audience.as_str(), "{path}");
                }
            })
        });
        join_all(asked).await;
        nodes.bench.tenant.clock().advance(HOUR);
    }
    assert_eq!(nodes.refreshes(), 5 * paths.len(), "one call for each token, whoever asks for it");
}

#[rocket::async_test]
async fn k05_i17_a_sign_out_beats_a_refresh_under_way() {
    let nodes = Nodes::start(2).await;
    let mut here = nodes.bench.signed_in("alice").await;
    nodes.bench.tenant.clock().advance(HOUR * 24 * 10);
    nodes.bench.tenant.faults().on(Endpoint::Token).fault(Fault::Delay(Duration::from_millis(700)));
    let mut there = here.at(&nodes.others[0]);
    let before = nodes.refreshes();
    let refresh = tokio::spawn(async move { (there.fetch("/token").await, there) });
    until("the refresh is on its way", || nodes.refreshes() > before).await;
    here.submit("/logto/sign-out").await;
    let (answer, mut there) = refresh.await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(there.fetch("/known").await.status, 401);
    assert!(there.jar.session().is_empty());
    // What the refresh brought is revoked as well as what the session had.
    until("both are revoked", || nodes.bench.count(Endpoint::Revocation) >= 2).await;
}

/// On the second node nobody is busy with the session, and still it knows that Logto was not there.
#[rocket::async_test]
async fn h09_a_busy_session_is_renewed_once() {
    let nodes = Nodes::with(1, |figment| figment.merge(("logto.session_idle", "1d"))).await;
    let alice = nodes.bench.signed_in("alice").await;
    nodes.bench.tenant.clock().freeze();
    nodes.bench.tenant.clock().advance(HOUR * 2);
    let before = nodes.store.calls("replace");
    let tabs = (0..100).map(|_| {
        let mut tab = alice.clone();
        async move { assert_eq!(tab.open("/known").await.body, ALICE) }
    });
    join_all(tabs).await;
    assert_eq!(nodes.store.calls("replace"), before + 1, "one write for a hundred requests");
}
