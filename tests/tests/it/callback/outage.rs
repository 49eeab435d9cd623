//! A callback that comes while Logto or the store is down, and comes again when it is back.

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::{Answer, Bench, Browser, SharedStore, Trouble};

fn is_outage(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {answer:?}");
    assert!(answer.header("retry-after").is_some(), "{what}: {answer:?}");
    let gone = answer.cookies().into_iter().find(|cookie| cookie.name.contains("_sign_in_"));
    assert_eq!(gone, None, "{what}: the pending sign-in is kept");
}

/// Nothing has reached Logto, or nobody knows whether it has.
#[rocket::async_test]
async fn field_19_a_callback_can_be_repeated_when_logto_is_back() {
    let busy = Fault::StatusWithBody(400, r#"{"error":"temporarily_unavailable"}"#.to_owned());
    let statuses = [503, 500, 429, 404].map(Fault::Status);
    for fault in statuses.into_iter().chain([Fault::Reset, busy]) {
        let what = format!("{fault:?}");
        let bench = Bench::probe_app().await;
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", "/known").await;
        bench.tenant.faults().on(Endpoint::Token).fault(fault);
        for _ in 0..2 {
            let answer = alice.open(&callback).await;
            is_outage(&answer, &what);
            assert!(answer.body.contains("href=\"\""), "{what}: a way to repeat it: {answer:?}");
            let code = callback.split_once("code=").unwrap().1.split('&').next().unwrap();
            assert!(!answer.body.contains(code), "{what}: the code is on no page");
        }
        bench.tenant.faults().clear();
        assert_eq!(alice.open(&callback).await.location(), "/known", "{what}");
        assert_eq!(alice.open("/known").await.body, ALICE, "{what}");
        assert!(alice.jar.pending_sign_ins().is_empty(), "{what}");
    }
}

/// The code is spent and its answer is lost: Logto says so when it is asked again, and that is the end.
#[rocket::async_test]
async fn field_19_a_code_that_was_spent_without_an_answer_is_told_so_once() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Lose);
    is_outage(&alice.open(&callback).await, "lost");
    bench.tenant.faults().clear();
    let answer = alice.open(&callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_code_spent"));
    assert!(alice.jar.pending_sign_ins().is_empty() && alice.jar.session().is_empty());
}

/// Before anything can be judged the tenant's document is needed.
#[rocket::async_test]
async fn field_19_a_callback_waits_for_the_document_too() {
    let keys = |figment: rocket::figment::Figment| {
        figment.merge(("logto.cookie_keys", ["a key of the tests, thirty-two characters or more"]))
    };
    let bench = Bench::probe_app_with(keys).await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    bench.tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let restarted = Bench::another_probe_app(&bench.tenant, keys).await;
    let mut alice = alice.at(&restarted);
    is_outage(&alice.open(&callback).await, "the document");
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(std::time::Duration::from_secs(30));
    assert_eq!(alice.open(&callback).await.location(), "/known");
}

/// The code is spent and answered; its ID token cannot be checked yet.
#[rocket::async_test]
async fn field_19_a_callback_waits_for_the_keys_and_spends_its_code_once() {
    let keys = |figment: rocket::figment::Figment| {
        figment.merge(("logto.cookie_keys", ["a key of the tests, thirty-two characters or more"]))
    };
    let bench = Bench::probe_app_with(keys).await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    bench.tenant.faults().on(Endpoint::Jwks).fault(Fault::Reset);
    let restarted = Bench::another_probe_app(&bench.tenant, keys).await;
    let mut alice = alice.at(&restarted);
    is_outage(&alice.open(&callback).await, "the keys");
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(std::time::Duration::from_secs(30));
    assert_eq!(alice.open(&callback).await.location(), "/known");
    assert_eq!(alice.open("/known").await.body, ALICE);
    assert_eq!(bench.grants("authorization_code").len(), 1);
}

async fn on(store: &SharedStore) -> (Bench, Browser, String) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = Bench::probe_app_on(&tenant, store.clone(), |figment| figment).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    (bench, alice, callback)
}

#[rocket::async_test]
async fn field_19_a_callback_can_be_repeated_when_the_store_is_back() {
    for trouble in [Trouble::Down, Trouble::ReadOnly, Trouble::Hangs] {
        let store = SharedStore::new();
        let (bench, mut alice, callback) = on(&store).await;
        store.trouble(trouble);
        for _ in 0..2 {
            let answer = alice.open(&callback).await;
            is_outage(&answer, &format!("{trouble:?}"));
            assert_eq!(answer.code(), "store_unavailable", "{trouble:?}");
        }
        store.trouble(None);
        assert_eq!(alice.open(&callback).await.location(), "/known", "{trouble:?}");
        assert_eq!(alice.open("/known").await.body, ALICE, "{trouble:?}");
        assert_eq!(bench.grants("authorization_code").len(), 1, "{trouble:?}: the code is spent once");
        assert_eq!(alice.fetch("/sessions").await.json().as_array().unwrap().len(), 1, "{trouble:?}");
    }
}

/// A store that is down before the code is sent: then another process can take the callback as well.
#[rocket::async_test]
async fn field_19_no_code_is_spent_for_a_store_that_is_down() {
    let store = SharedStore::new();
    let (bench, mut alice, callback) = on(&store).await;
    store.trouble(Trouble::Down);
    is_outage(&alice.open(&callback).await, "down");
    assert!(bench.grants("authorization_code").is_empty());
}

/// What is final is final: the pending sign-in goes.
#[rocket::async_test]
async fn field_19_a_refusal_ends_the_attempt() {
    for (error, status, code) in [
        (r#"{"error":"invalid_grant"}"#, 400, "sign_in_code_spent"),
        (r#"{"error":"invalid_client"}"#, 503, "sign_in_client_refused"),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", "/known").await;
        bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, error.to_owned()));
        let answer = alice.open(&callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert!(alice.jar.pending_sign_ins().is_empty(), "{error}");
    }
}
