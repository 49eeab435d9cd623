//! One refresh for all processes.

use std::collections::BTreeSet;
use std::time::Duration;

use logto_dev::{Endpoint, Fault};
use logto_tests::Browser;
use rocket::futures::future::join_all;
use rocket::futures::{StreamExt, stream};
use rocket::tokio;

use super::{Cluster, HOUR, Kind, in_each_store};

in_each_store! {
    i02_eight_processes_with_a_thousand_requests_each_refresh_once
    i07_a_token_call_of_ten_seconds_keeps_its_lease
}

/// So many requests of one process are under way at a time.
const AT_A_TIME: usize = 16;

/// The tokens that so many requests get.
async fn tokens(tab: Browser, requests: usize) -> BTreeSet<String> {
    let answers = stream::iter(0..requests).map(|_| {
        let mut tab = tab.clone();
        async move {
            let answer = tab.fetch("/token").await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["token"].as_str().unwrap().to_owned()
        }
    });
    answers.buffer_unordered(AT_A_TIME).collect().await
}

async fn i02_eight_processes_with_a_thousand_requests_each_refresh_once(kind: Kind) {
    let mut cluster = Cluster::start(kind, 8).await;
    let mut alice = cluster.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    cluster.advance(HOUR);
    let before = cluster.refreshes();
    let asked = cluster.nodes.iter().map(|node| tokio::spawn(tokens(node.opened_by(&alice), 1_000)));
    let mut all = BTreeSet::new();
    for tokens in join_all(asked).await {
        all.append(&mut tokens.unwrap());
    }
    assert_eq!(all.len(), 1, "all have the same token");
    assert_eq!(cluster.refreshes(), before + 1);
}

/// The lease lasts two seconds.
async fn i07_a_token_call_of_ten_seconds_keeps_its_lease(kind: Kind) {
    let cluster = Cluster::start(kind, 4).await;
    let alice = cluster.signed_in("alice").await;
    let before = cluster.refreshes();
    cluster.tenant.faults().on(Endpoint::Token).fault(Fault::Delay(Duration::from_secs(10)));
    let asked = (0..12).map(|number| cluster.ask(number % 4, &alice, "/token"));
    let mut tokens = BTreeSet::new();
    for answer in join_all(asked).await {
        let (answer, _) = answer.unwrap().unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        tokens.insert(answer.json()["token"].to_string());
    }
    assert_eq!(tokens.len(), 1, "all have the same token");
    assert_eq!(cluster.refreshes(), before + 1);
}
