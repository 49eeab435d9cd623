//! Callbacks with invented codes, many at a time.

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use logto_tests::{Bench, eventually};
use rocket::futures::future::join_all;

fn invented(state: &str, n: usize) -> String {
    format!("/logto/callback?state={state}&code=invented{n}")
}

/// A flood reaches Logto a few calls at a time; who signs in meanwhile gets through by trying again.
#[rocket::async_test]
async fn field_27_a_flood_of_invented_codes_is_slowed_down_and_keeps_nobody_out() {
    const FLOOD: usize = 60;
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.request_timeout", "14s"))).await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    // As Logto would send them back, but for the code.
    let (_, issuer) = callback.split_once("iss=").unwrap();
    let issuer = issuer.split('&').next().unwrap().to_owned();
    let mut forged = Vec::new();
    for n in 0..FLOOD {
        let mut mallory = bench.browser();
        let url = mallory.begin("").await;
        let state = logto_tests::param(&url, "state").unwrap();
        forged.push((mallory, format!("{}&iss={issuer}", invented(&state, n))));
    }
    // No call comes back: what reaches the tenant now is what runs at one time.
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Hang);
    let flood = forged.into_iter().map(|(mut mallory, callback)| async move { mallory.open(callback).await });
    let flood = rocket::tokio::spawn(join_all(flood));
    logto_tests::until("the first of them hang", || bench.grants("authorization_code").len() == 8).await;
    let crowded = alice.open(&callback).await;
    assert_eq!((crowded.status, crowded.code().as_str()), (503, "logto_unavailable"), "{crowded:?}");
    assert_eq!(bench.grants("authorization_code").len(), 8, "eight at a time");
    bench.tenant.faults().clear();
    flood.abort();
    let ask = || {
        let (mut again, callback) = (alice.clone(), callback.clone());
        async move { again.open(callback).await }
    };
    let answer = eventually("she gets in", ask, |answer| answer.status == 303).await;
    assert_eq!(answer.location(), "/known");
    answer.cookies().iter().for_each(|cookie| alice.jar.apply(cookie));
    assert_eq!(alice.open("/known").await.body, ALICE);
}

/// A sign-in whose code was refused is over in this process: with the same cookie, no second code is tried.
#[rocket::async_test]
async fn field_27_an_attempt_is_good_for_one_code() {
    let bench = Bench::probe_app().await;
    let mut mallory = bench.browser();
    let callback = mallory.callback(&bench.tenant, "alice", "").await;
    let (_, issuer) = callback.split_once("iss=").unwrap();
    let issuer = issuer.split('&').next().unwrap().to_owned();
    let state = callback.split_once("state=").unwrap().1.split('&').next().unwrap().to_owned();
    for n in 0..20 {
        let callback = format!("{}&iss={issuer}", invented(&state, n));
        let answer = mallory.clone().open(callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_code_spent"));
    }
    assert_eq!(bench.grants("authorization_code").len(), 1);
}
