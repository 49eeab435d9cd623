//! What strangers can do to other people's sign-outs while the store is down: nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_tests::{Browser, Trouble, until_async};

use super::Nodes;

/// Signs out with an id that nobody has made, of the shape that ids have.
async fn stranger_signs_out(nodes: &Nodes, cookie: &str, number: u32, like: &str) {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_le_bytes());
    let mut value = URL_SAFE_NO_PAD.encode(id);
    // Whatever follows the first part in real ids.
    value.push_str(like.get(value.len()..).unwrap_or_default());
    let mut stranger = nodes.bench.browser();
    stranger.jar.0.insert(cookie.to_owned(), value);
    let answer = stranger.submit("/logto/sign-out").await;
    assert!(answer.status < 500, "{answer:?}");
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.clone().fetch("/known").await.status == 200
}

#[rocket::async_test]
async fn field_21_strangers_do_not_crowd_out_a_sign_out_while_the_store_is_down() {
    let nodes = Nodes::start(2).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    let mut carol = nodes.bench.signed_in("carol").await;
    let (alices_copy, carols_copy) = (alice.clone(), carol.clone());
    let (cookie, like) = alice.jar.session().into_iter().next().unwrap();
    nodes.store.trouble(Trouble::Down);
    for number in 0..300 {
        stranger_signs_out(&nodes, &cookie, number, &like).await;
    }
    alice.submit("/logto/sign-out").await;
    for number in 300..600 {
        stranger_signs_out(&nodes, &cookie, number, &like).await;
    }
    // At another process, which has never seen her.
    let mut there = carol.at(&nodes.others[0]);
    for number in 600..900_u32 {
        let mut stranger = Browser::new(&nodes.others[0]);
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        let mut value = URL_SAFE_NO_PAD.encode(id);
        value.push_str(like.get(value.len()..).unwrap_or_default());
        stranger.jar.0.insert(cookie.clone(), value);
        stranger.submit("/logto/sign-out").await;
    }
    there.submit("/logto/sign-out").await;
    nodes.store.trouble(None);
    until_async("the sign-outs come through", async || {
        !is_signed_in(&alices_copy).await && !is_signed_in(&carols_copy).await
    })
    .await;
    carol.fetch("/known").await;
}

/// One session signs out as often as it likes: that is one thing to do.
#[rocket::async_test]
async fn field_21_the_same_sign_out_waits_once() {
    let nodes = Nodes::start(1).await;
    let (bob, mut alice) = (nodes.bench.signed_in("bob").await, nodes.bench.signed_in("alice").await);
    let alices_copy = alice.clone();
    nodes.store.trouble(Trouble::Down);
    for _ in 0..300 {
        bob.clone().submit("/logto/sign-out").await;
    }
    alice.submit("/logto/sign-out").await;
    let removals = nodes.store.calls("remove");
    nodes.store.trouble(None);
    until_async("both are signed out", async || {
        !is_signed_in(&alices_copy).await && !is_signed_in(&bob).await
    })
    .await;
    assert!(nodes.store.calls("remove") < removals + 300, "once for each");
}
