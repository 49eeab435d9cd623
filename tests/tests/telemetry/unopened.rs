//! Values of ours that do not open: two processes with different keys are found out by their log.

use std::time::Duration;

use logto_dev::Tenant;
use logto_tests::{Ask, Bench, LogCapture, SharedStore};
use rocket::figment::Figment;

use crate::alone;

const HERE: &str = "the key of one process, thirty-two characters or more";
const THERE: &str = "the key of another one, thirty-two characters or more";

fn keyed(key: &'static str) -> impl FnOnce(Figment) -> Figment {
    move |figment| figment.merge(("logto.session_store", "cookie")).merge(("logto.cookie_keys", [key]))
}

/// The warnings about it so far. Each names the setting.
fn warnings() -> usize {
    let lines = LogCapture::listen().lines();
    let told = lines.iter().filter(|line| line.text.contains("cannot be opened") && line.target == "logto");
    told.inspect(|line| {
        assert_eq!(line.level, log::Level::Warn, "{line:?}");
        assert!(line.text.contains("`cookie_keys`"), "{line:?}");
    })
    .count()
}

#[rocket::async_test]
async fn field_22_a_cookie_of_another_key_is_one_warning_a_minute() {
    let _turn = alone().await;
    let bench = Bench::probe_app_with(keyed(HERE)).await;
    let alice = bench.signed_in("alice").await;
    let mut begun = bench.browser();
    let callback = begun.callback(&bench.tenant, "alice", "").await;
    let other = Bench::another_probe_app(&bench.tenant, keyed(THERE)).await;
    bench.tenant.clock().freeze();

    let before = warnings();
    for _ in 0..5 {
        alice.at(&other).send(Ask::get("/open")).await;
    }
    assert_eq!(warnings(), before + 1, "a session, many times");
    bench.tenant.clock().advance(Duration::from_secs(59));
    assert_eq!(begun.at(&other).open(&callback).await.code(), "callback_unknown_state");
    assert_eq!(warnings(), before + 1, "an attempt in the same minute");
    bench.tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(begun.at(&other).open(&callback).await.code(), "callback_unknown_state");
    assert_eq!(warnings(), before + 2, "an attempt in the next");
    // Where they were sealed they open, and junk is not worth a word.
    bench.tenant.clock().advance(Duration::from_secs(60));
    alice.at(&bench.app).send(Ask::get("/open")).await;
    let (name, _) = alice.jar.session().pop_first().unwrap();
    bench.call(Ask::get("/open").header("cookie", format!("{name}=a.1.AAAA; {name}=junk"))).await;
    assert_eq!(warnings(), before + 2);
}

#[rocket::async_test]
async fn field_22_a_stored_session_of_another_key_is_told_as_well() {
    let _turn = alone().await;
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), SharedStore::new());
    let app =
        Bench::probe_app_on(&tenant, store.clone(), |figment| figment.merge(("logto.cookie_keys", [HERE])))
            .await;
    let bench = Bench { tenant, app }.warm().await;
    let alice = bench.signed_in("alice").await;
    let other =
        Bench::probe_app_on(&bench.tenant, store, |figment| figment.merge(("logto.cookie_keys", [THERE])))
            .await;
    let before = warnings();
    for _ in 0..3 {
        assert_eq!(alice.at(&other).send(Ask::get("/open")).await.body, "nobody");
    }
    assert_eq!(warnings(), before + 1);
}
