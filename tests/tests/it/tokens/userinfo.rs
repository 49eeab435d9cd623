//! The userinfo endpoint, asked for a handler.

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use logto_tests::Bench;

use super::{HOUR, is_unavailable, refreshes};

#[rocket::async_test]
async fn userinfo_is_asked_with_the_token_of_the_sign_in() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..3 {
        assert_eq!(alice.fetch("/userinfo").await.json()["sub"], ALICE);
    }
    assert_eq!((bench.count(Endpoint::UserInfo), refreshes(&bench)), (3, 0));
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/userinfo").await.json()["sub"], ALICE);
    assert_eq!(refreshes(&bench), 1);
    let call = bench.grants("refresh_token").pop().unwrap();
    assert_eq!((call.param("resource"), call.param("organization_id")), (None, None));
}

#[rocket::async_test]
async fn j28_a_token_that_died_before_its_time_is_replaced_once() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.faults().on(Endpoint::UserInfo).nth(1).status(401);
    assert_eq!(alice.fetch("/userinfo").await.json()["sub"], ALICE);
    assert_eq!((bench.count(Endpoint::UserInfo), refreshes(&bench)), (2, 1));
    assert_eq!(alice.fetch("/userinfo").await.status, 200);
    assert_eq!(refreshes(&bench), 1, "the new token is kept");
}

#[rocket::async_test]
async fn j28_a_grant_that_is_gone_ends_the_session() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    let answer = alice.fetch("/userinfo").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"));
    assert!(alice.jar.session().is_empty());
    assert!(bench.count(Endpoint::UserInfo) <= 2 && refreshes(&bench) <= 1);
}

#[rocket::async_test]
async fn j28_two_refusals_in_a_row_end_the_session() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let mut copy = alice.clone();
    bench.tenant.faults().on(Endpoint::UserInfo).status(401);
    assert_eq!(alice.fetch("/userinfo").await.status, 401);
    assert!(alice.jar.session().is_empty());
    assert_eq!((bench.count(Endpoint::UserInfo), refreshes(&bench)), (2, 1));
    // For the browser's other tabs, too: their cookie is the same session.
    assert_eq!(copy.fetch("/known").await.status, 401);
}

#[rocket::async_test]
async fn j28_trouble_at_userinfo_ends_nothing() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(429),
        Fault::Reset,
        Fault::Garbage,
        Fault::Truncate,
        Fault::StatusWithBody(200, "[]".to_owned()),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.faults().on(Endpoint::UserInfo).fault(fault.clone());
        let answer = alice.fetch("/userinfo").await;
        is_unavailable(&mut alice, &answer, &format!("{fault:?}")).await;
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(super::A_MOMENT);
        assert_eq!(alice.fetch("/userinfo").await.status, 200, "{fault:?}");
    }
}

#[rocket::async_test]
async fn a11_d25_the_claims_of_somebody_else_are_not_shown() {
    for (body, status, lives_on) in [
        (r#"{"sub":"somebody","name":"Mallory"}"#, 401, false),
        (r#"{"name":"Mallory"}"#, 503, true),
        (r#"{"sub":7,"name":"Mallory"}"#, 503, true),
        (r#"{"sub":null,"name":"Mallory"}"#, 503, true),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.faults().on(Endpoint::UserInfo).fault(Fault::StatusWithBody(200, body.to_owned()));
        let answer = alice.fetch("/userinfo").await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        assert!(!answer.body.contains("Mallory"), "{answer:?}");
        bench.tenant.faults().clear();
        assert_eq!(alice.fetch("/known").await.status == 200, lives_on, "{body}");
    }
}
