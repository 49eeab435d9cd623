//! `on_sign_out`: it is told who leaves, and keeps nobody.

use std::future::pending;

use logto_dev::Endpoint;
use logto_dev::recorded::ALICE;
use logto_rocket::SignedOut;
use logto_tests::Ask;
use rocket::{Request, State};

use super::{Calls, bench, bench_with};

async fn note(user: &SignedOut<'_>, request: &Request<'_>) {
    if let Some(calls) = request.guard::<&State<Calls>>().await.succeeded() {
        assert_eq!(user.session_id().len(), 32);
        calls.note(format!("{} as {:?}", user.subject(), user.claims().username.as_deref()));
    }
}

#[rocket::async_test]
async fn a_hook_learns_who_has_signed_out() {
    let calls = Calls::default();
    let bench = bench(&calls, |fairing| fairing.on_sign_out(note)).await;
    for query in ["", "?local=true"] {
        let mut alice = bench.signed_in("alice").await;
        assert_eq!(alice.submit(format!("/logto/sign-out{query}")).await.status, 303);
        assert_eq!(calls.take(), [format!("{ALICE} as {:?}", Some("alice"))]);
        assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
        assert_eq!(calls.count(), 0, "nobody was signed in any more");
    }
    let mut alice = bench.signed_in("alice").await;
    let forged = Ask::post("/logto/sign-out").header("origin", "https://evil.example");
    assert_eq!(alice.send(forged.header("sec-fetch-site", "cross-site")).await.status, 403);
    assert_eq!(calls.count(), 0, "she has not signed out");
}

#[rocket::async_test]
async fn a_hook_that_fails_keeps_nobody_signed_in() {
    let calls = Calls::default();
    let hooks = |fairing: logto_rocket::LogtoFairing| {
        fairing
            .on_sign_out(async |_, _| panic!("a mistake"))
            .on_sign_out(async |_, _| pending::<()>().await)
            .on_sign_out(note)
    };
    let bench = bench_with(&calls, hooks, |figment| figment.merge(("logto.hook_timeout", "50ms"))).await;
    let mut alice = bench.signed_in("alice").await;
    let mut copy = alice.clone();
    let answer = alice.submit("/logto/sign-out").await;
    assert!(answer.location().starts_with(bench.tenant.endpoint()), "{answer:?}");
    assert!(alice.jar.session().is_empty());
    assert_eq!(copy.fetch("/known").await.status, 401);
    assert_eq!(bench.count(Endpoint::Revocation), 1);
    assert_eq!(calls.take().len(), 1, "the hooks after it are told all the same");
}
