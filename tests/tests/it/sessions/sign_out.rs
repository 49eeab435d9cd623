//! The end of a session.

use std::time::Duration;

use logto_dev::{Endpoint, Fault};
use logto_tests::{Bench, ORIGIN, param, path_of};
use reqwest::Url;

#[rocket::async_test]
async fn k02_signing_out_without_a_session_is_no_error() {
    let bench = Bench::probe_app().await;
    let mut nobody = bench.browser();
    for _ in 0..2 {
        let answer = nobody.submit("/logto/sign-out").await;
        assert!(answer.location().contains("/oidc/session/end?"), "{answer:?}");
    }
    assert_eq!(bench.count(Endpoint::Revocation), 0);
}

#[rocket::async_test]
async fn k06_the_refresh_token_is_revoked_before_logto_is_visited() {
    let bench = Bench::probe_app().await;
    let mut at_logto = bench.tenant.browser();
    let mut browser = bench.browser();
    let callback = at_logto.sign_in(browser.begin("").await, "alice").await.unwrap();
    browser.open(path_of(&callback)).await;
    let copy = browser.clone();
    let answer = browser.submit("/logto/sign-out").await;
    at_logto.sign_out(answer.location()).await.unwrap();
    let order: Vec<Endpoint> =
        bench.tenant.journal().entries().iter().filter_map(|entry| entry.endpoint).collect();
    let place = |endpoint| order.iter().position(|seen| *seen == endpoint).unwrap();
    assert!(place(Endpoint::Revocation) < place(Endpoint::EndSession), "{order:?}");
    let revocation = bench.tenant.journal().of(Endpoint::Revocation).remove(0);
    assert_eq!((revocation.status, revocation.param("token_type_hint")), (Some(200), Some("refresh_token")));
    // The token that was revoked is the session's: a copy of its cookies gets nothing more of Logto.
    let mut copy = copy;
    assert_eq!(copy.fetch("/token").await.status, 401);
}

/// Without an ID token as a hint: Logto answers one that it cannot verify with an error page.
#[rocket::async_test]
async fn a21_k03_the_way_to_logto_names_the_client_and_the_way_back() {
    let bench = Bench::probe_app().await;
    let answer = bench.signed_in("alice").await.submit("/logto/sign-out").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(param(&url, "client_id").as_deref(), Some(logto_dev::recorded::ROCKET_APP.id));
    assert_eq!(param(&url, "post_logout_redirect_uri"), Some(format!("{ORIGIN}/")));
    assert_eq!(url.query_pairs().count(), 2, "{url}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

/// K03 of the checklist: no ID token is needed to sign out. Its expiry does not matter, nor whether its key is still
/// there; sessions in cookies have none.
#[rocket::async_test]
async fn field_42_k03_signing_out_at_logto_needs_no_id_token() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let mut at_logto = bench.tenant.browser();
        let mut browser = bench.browser();
        let callback = at_logto.sign_in(browser.begin("").await, "alice").await.unwrap();
        browser.open(path_of(&callback)).await;
        // An ID token lives for an hour. Then its key is withdrawn as well.
        bench.tenant.clock().advance(Duration::from_secs(2 * 3600));
        let keys = bench.tenant.keys();
        keys.publish_instead(serde_json::json!({ "keys": [logto_tests::Signer::new("ES384").jwk()] }));

        let answer = browser.submit("/logto/sign-out").await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(param(&url, "id_token_hint"), None, "{store}");
        assert_eq!(param(&url, "client_id").as_deref(), Some(logto_dev::recorded::ROCKET_APP.id), "{store}");
        assert!(browser.jar.session().is_empty(), "{store}");
        assert_eq!(at_logto.sign_out(&url).await.unwrap().as_str(), format!("{ORIGIN}/"), "{store}");
        let again = browser.begin("").await;
        assert!(at_logto.open(again).await.is_err(), "{store}: Logto must ask who it is");
    }
}

/// k04: where a person goes afterwards is a setting, whatever the query says.
#[rocket::async_test]
async fn k04_the_query_decides_nothing() {
    let bench = Bench::probe_app().await;
    let path = "/logto/sign-out?post_logout_redirect_uri=https://evil.example&return_to=//evil.example&state=x&client_id=x";
    let answer = bench.signed_in("alice").await.submit(path).await;
    assert!(!answer.location().contains("evil"), "{answer:?}");
}

#[rocket::async_test]
async fn a_local_sign_out_ends_the_session_here_alone() {
    let bench = Bench::probe_app().await;
    for (query, local) in [("?local=true", true), ("?local=false", false), ("?local", false), ("", false)] {
        let mut alice = bench.signed_in("alice").await;
        let revoked = bench.count(logto_dev::Endpoint::Revocation);
        let answer = alice.submit(format!("/logto/sign-out{query}")).await;
        assert_eq!(answer.location() == format!("{}/", logto_tests::ORIGIN), local, "{query}: {answer:?}");
        assert_eq!(answer.location().starts_with(bench.tenant.endpoint()), !local, "{query}: {answer:?}");
        assert_eq!(bench.count(logto_dev::Endpoint::Revocation), revoked + 1, "{query}");
        assert_eq!(alice.fetch("/known").await.status, 401, "{query}");
    }
}

#[rocket::async_test]
async fn g17_a_copied_session_dies_with_the_session() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let mut copy = alice.clone();
    alice.submit("/logto/sign-out").await;
    assert_eq!(copy.fetch("/known").await.status, 401);
    assert_eq!(copy.open("/open").await.body, "nobody");
    assert!(copy.jar.session().is_empty());
}

#[rocket::async_test]
async fn another_session_of_the_same_person_lives_on() {
    let bench = Bench::probe_app().await;
    let (mut laptop, mut phone) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
    laptop.submit("/logto/sign-out").await;
    assert_eq!(laptop.fetch("/known").await.status, 401);
    assert_eq!(phone.fetch("/known").await.status, 200);
    assert_eq!(phone.fetch("/token").await.status, 200);
}

/// k05, i17: a refresh that is under way while its session ends must not bring it back.
#[rocket::async_test]
async fn k05_i17_a_request_in_flight_does_not_bring_the_session_back() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Delay(Duration::from_millis(300)));
    let mut in_flight = alice.clone();
    let begun = bench.grants("refresh_token").len();
    let refreshing = tokio::spawn(async move { (in_flight.fetch("/token").await, in_flight) });
    logto_tests::until("the refresh is under way", || bench.grants("refresh_token").len() > begun).await;
    assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
    let (answer, mut late) = refreshing.await.unwrap();
    assert!(
        answer.cookies().iter().all(|cookie| !cookie.name.contains('.') || cookie.is_deletion()),
        "{answer:?}"
    );
    assert!(late.jar.session().is_empty(), "{:?}", late.jar);
    assert_eq!(late.fetch("/known").await.status, 401);
}

#[rocket::async_test]
async fn k06_j29_signing_out_works_without_logto() {
    for fault in [Fault::Reset, Fault::Status(500), Fault::Status(429), Fault::Garbage, Fault::Hang] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.request_timeout", "1s"))).await;
        let mut alice = bench.signed_in("alice").await;
        let mut copy = alice.clone();
        for endpoint in [Endpoint::Revocation, Endpoint::Discovery, Endpoint::Token, Endpoint::Jwks] {
            bench.tenant.faults().on(endpoint).fault(fault.clone());
        }
        let begun = tokio::time::Instant::now();
        let answer = alice.submit("/logto/sign-out").await;
        assert_eq!(answer.status, 303, "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{fault:?}: {:?}", begun.elapsed());
        assert!(alice.jar.session().is_empty(), "{fault:?}");
        assert_eq!(copy.fetch("/known").await.status, 401, "{fault:?}");
    }
}

/// Even metadata that is a day old knows the way; without any, one is signed out here.
#[rocket::async_test]
async fn j30_without_metadata_one_is_signed_out_here_and_sent_home() {
    let bench = Bench::probe_app_with(super::keyed(&[super::KEY])).await;
    let browser = bench.signed_in("alice").await;
    bench.tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let restarted = Bench::another_probe_app(&bench.tenant, super::keyed(&[super::KEY])).await;
    let mut browser = browser.at(&restarted);
    assert_eq!(browser.submit("/logto/sign-out").await.location(), format!("{ORIGIN}/"));
    assert!(browser.jar.session().is_empty());
}
