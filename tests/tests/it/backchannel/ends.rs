//! Which sessions end.

use std::time::Duration;

use logto_tests::Bench;

use super::{
    assert_answered, bench, form, is_signed_in, listen, logout_of, sign_in, sign_out_at_logto, told, with_sid,
};

#[rocket::async_test]
async fn k13_a_sign_out_at_logto_ends_that_session_here() {
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| told(figment).merge(("logto.session_store", store))).await;
        listen(&bench);
        let (mut office, mut office_at_logto) = sign_in(&bench, "alice").await;
        let (mut home, _home_at_logto) = sign_in(&bench, "alice").await;
        let copy = office.clone();
        sign_out_at_logto(&bench, &mut office_at_logto).await;
        let deliveries = bench.tenant.logout_deliveries();
        assert_eq!((deliveries.len(), deliveries[0].status.clone()), (1, Ok(200)), "{store}");
        assert!(!is_signed_in(&mut office).await, "{store}");
        assert!(!is_signed_in(&mut copy.clone()).await, "{store}: nor whoever copied the cookies");
        assert!(is_signed_in(&mut home).await, "{store}: the other session lives on");
    }
}

#[rocket::async_test]
async fn k13_a_token_for_a_person_ends_all_of_theirs() {
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| told(figment).merge(("logto.session_store", store))).await;
        let mut alices = [bench.signed_in("alice").await, bench.signed_in("alice").await];
        let mut bob = bench.signed_in("bob").await;
        let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
        assert_answered(&bench.call(form(&token)).await, 200, "");
        for alice in &mut alices {
            assert!(!is_signed_in(alice).await, "{store}");
        }
        assert!(is_signed_in(&mut bob).await, "{store}");
        // A later sign-in is another matter.
        bench.tenant.clock().advance(Duration::from_secs(2));
        let mut later = bench.signed_in("alice").await;
        assert!(is_signed_in(&mut later).await, "{store}");
    }
}

#[rocket::async_test]
async fn k13_a_token_for_a_person_and_a_session_ends_that_session() {
    let bench = bench().await;
    let (mut office, sid) = with_sid(&bench, "alice").await;
    let mut home = bench.signed_in("alice").await;
    let token = bench.tenant.logout_token(logout_of("alice").claim("sid", sid)).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut office).await);
    assert!(is_signed_in(&mut home).await);
}

#[rocket::async_test]
async fn k13_a_session_needs_no_person() {
    let bench = bench().await;
    let (mut office, sid) = with_sid(&bench, "alice").await;
    let token = bench.tenant.logout_token(logout_of("alice").claim("sid", sid).without("sub")).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut office).await);
}

#[rocket::async_test]
async fn k14_an_unknown_session_is_ended_already() {
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| told(figment).merge(("logto.session_store", store))).await;
        let mut alice = bench.signed_in("alice").await;
        let token = bench.tenant.logout_token(logout_of("alice").claim("sid", "nobody-has-this")).unwrap();
        assert_answered(&bench.call(form(&token)).await, 200, "");
        assert!(is_signed_in(&mut alice).await, "{store}");
    }
}

#[rocket::async_test]
async fn k15_a_session_of_one_and_the_name_of_another_end_nothing() {
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| told(figment).merge(("logto.session_store", store))).await;
        let (mut alice, sid) = with_sid(&bench, "alice").await;
        let mut bob = bench.signed_in("bob").await;
        let token = bench.tenant.logout_token(logout_of("bob").claim("sid", sid)).unwrap();
        assert_answered(&bench.call(form(&token)).await, 200, "");
        assert!(is_signed_in(&mut alice).await, "{store}");
        assert!(is_signed_in(&mut bob).await, "{store}");
    }
}

/// It comes from a server: what a browser's request would be refused for says nothing here, and the session
/// that a browser brings along is not looked at.
#[rocket::async_test]
async fn k13_where_it_comes_from_does_not_matter() {
    let bench = bench().await;
    let (mut alice, mut bob) = (bench.signed_in("alice").await, bench.signed_in("bob").await);
    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    let ask = form(&token).header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    assert_answered(&bob.send(ask).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
    assert!(is_signed_in(&mut bob).await);
}
