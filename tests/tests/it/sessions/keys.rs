//! The ring of cookie keys.

use logto_dev::recorded::ALICE;
use logto_tests::{Ask, Bench};

use super::{KEY, OTHER_KEY, keyed};

#[rocket::async_test]
async fn g03_an_old_key_still_opens_and_the_new_one_seals() {
    let bench = Bench::probe_app_with(keyed(&[KEY])).await;
    let browser = bench.signed_in("alice").await;
    let both = Bench::another_probe_app(&bench.tenant, keyed(&[OTHER_KEY, KEY])).await;
    let mut browser = browser.at(&both);
    let before = browser.jar.session();
    assert_eq!(browser.open("/open").await.body, ALICE);
    assert_ne!(browser.jar.session(), before, "sealed anew");
    // From now on the old key may go.
    let new_alone = Bench::another_probe_app(&bench.tenant, keyed(&[OTHER_KEY])).await;
    let mut browser = browser.at(&new_alone);
    let answer = browser.open("/open").await;
    assert_eq!(answer.body, ALICE);
    assert!(answer.cookies().is_empty(), "nothing to seal anew: {answer:?}");
}

#[rocket::async_test]
async fn g03_g04_a_key_that_is_gone_means_one_new_sign_in() {
    let bench = Bench::probe_app_with(keyed(&[KEY])).await;
    let browser = bench.signed_in("alice").await;
    let changed = Bench::another_probe_app(&bench.tenant, keyed(&[OTHER_KEY])).await;
    let mut browser = browser.at(&changed);
    browser.jar.0.retain(|name, _| !name.ends_with("_redirect_loop"));
    let led = browser.open("/known").await;
    assert_eq!(led.location(), "/logto/sign-in?return_to=/known");
    assert!(browser.jar.session().is_empty(), "expired in the same answer: {led:?}");
    browser.sign_in(&bench.tenant, "alice").await;
    assert_eq!(browser.open("/known").await.body, ALICE);
}

/// Right after a sign-in, too: a second process with other keys must not send the browser round for ever.
#[rocket::async_test]
async fn g04_q01_two_processes_with_different_keys_do_not_loop() {
    let bench = Bench::probe_app_with(keyed(&[KEY])).await;
    let browser = bench.signed_in("alice").await;
    let changed = Bench::another_probe_app(&bench.tenant, keyed(&[OTHER_KEY])).await;
    let mut browser = browser.at(&changed);
    let answer = browser.open("/known").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_cookie_lost"));
}

/// Without configured keys they are made at launch: fine while developing, and other ones each time.
#[rocket::async_test]
async fn random_keys_differ_between_processes() {
    let bench = Bench::probe_app().await;
    let browser = bench.signed_in("alice").await;
    let restarted = Bench::another_probe_app(&bench.tenant, |figment| figment).await;
    assert_eq!(browser.at(&restarted).send(Ask::get("/open")).await.body, "nobody");
}
