//! Sessions that do not fit into one cookie.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_tests::Bench;

/// Gives Alice a profile of about this many bytes.
fn fatten(bench: &Bench, bytes: usize) {
    let filler: String = (0..bytes).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    bench.tenant.users().change("alice", |alice| alice.profile("biography", filler)).unwrap();
}

#[rocket::async_test]
async fn g08_a_large_session_is_split_and_read_again() {
    let bench = Bench::probe_app_in_cookies().await;
    fatten(&bench, 6_000);
    let mut alice = bench.signed_in("alice").await;
    let cookies = alice.jar.session();
    assert!((2..=4).contains(&cookies.len()), "{}", cookies.len());
    assert_eq!(alice.open("/known").await.body, ALICE);
    // One cookie missing, or of another sign-in: nobody, and all of it expired.
    let other = bench.signed_in("alice").await.jar.session();
    for name in cookies.keys() {
        let mut gap = alice.clone();
        gap.jar.0.remove(name);
        assert_eq!(gap.open("/open").await.body, "nobody", "without {name}");
        assert!(gap.jar.session().is_empty());
        let mut mixed = alice.clone();
        mixed.jar.0.insert(name.clone(), other[name].clone());
        assert_eq!(mixed.open("/open").await.body, "nobody", "with {name} of another write");
        assert!(mixed.jar.session().is_empty());
    }
    // A small session's cookie beside the rest of a large one.
    fatten(&bench, 0);
    let small = bench.signed_in("bob").await.jar.session();
    let mut both = alice.clone();
    both.jar.0.extend(small);
    assert_eq!(both.open("/open").await.body, logto_dev::recorded::BOB);
}

#[rocket::async_test]
async fn g09_a_session_that_shrinks_leaves_no_cookie_behind() {
    let bench = Bench::probe_app_in_cookies().await;
    fatten(&bench, 6_000);
    let mut alice = bench.signed_in("alice").await;
    let large = alice.jar.session().len();
    fatten(&bench, 10);
    // A refresh brings the ID token of now.
    let answer = alice.fetch("/token").await;
    assert_eq!(answer.status, 200);
    let deleted = answer.cookies().iter().filter(|cookie| cookie.is_deletion()).count();
    assert_eq!((alice.jar.session().len(), deleted), (1, large - 1), "{answer:?}");
    assert_eq!(alice.open("/known").await.body, ALICE);
}

#[rocket::async_test]
async fn g09_a_session_that_grows_keeps_working() {
    let bench = Bench::probe_app_in_cookies().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.jar.session().len(), 1);
    fatten(&bench, 6_000);
    assert_eq!(alice.fetch("/token").await.status, 200);
    assert!(alice.jar.session().len() > 1);
    assert_eq!(alice.open("/known").await.body, ALICE);
    let calls = bench.grants("refresh_token").len();
    bench.tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(alice.fetch("/orders").await.status, 200);
    assert_eq!(bench.grants("refresh_token").len(), calls, "what the token allows stays known");
}

#[rocket::async_test]
async fn g10_what_fits_nowhere_is_an_error_and_no_loop() {
    let bench = Bench::probe_app_in_cookies().await;
    fatten(&bench, 20_000);
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    let answer = alice.open(callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "session_too_large"));
    assert!(alice.jar.session().is_empty() && answer.header("location").is_none());
}

/// It grows beyond all measure while somebody is signed in: the session of before goes on.
#[rocket::async_test]
async fn g10_a_session_that_outgrows_the_browser_stays_usable() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    fatten(&bench, 20_000);
    for _ in 0..3 {
        assert_eq!(alice.fetch("/token").await.status, 200);
        assert_eq!(alice.open("/known").await.body, ALICE);
    }
}

/// A browser has less room than others, and drops a part of the session without a word.
#[rocket::async_test]
async fn q04_g08_a_cookie_that_the_browser_drops_for_its_size_is_found_out_after_one_round() {
    let bench = Bench::probe_app_in_cookies().await;
    fatten(&bench, 9_000);
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    assert_eq!(alice.open(callback).await.location(), "/known");
    let kept = alice.jar.session();
    assert!(kept.len() > 1, "{}", kept.len());
    alice.jar.0.remove(kept.keys().last().unwrap());
    let (answer, hops) = alice.follow("/known").await;
    assert_eq!((answer.status, answer.code().as_str(), hops), (401, "session_cookie_lost", 0), "{answer:?}");
    assert!(answer.body.contains("did not keep the session"), "{}", answer.body);
    assert!(alice.jar.session().is_empty(), "what is left of it goes");
    // The next try is the person's own.
    assert_eq!(alice.open("/known").await.location(), "/logto/sign-in?return_to=/known");
}
