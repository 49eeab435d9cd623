//! The keyed hash by which the audit's events of one user are told together.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_dev::recorded::{ALICE, BOB, CAROL, M2M_APP, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{Denied, Logto, SignedIn, Welcome};
use logto_tests::{Ask, LogCapture, SharedStore, param, rocket_settings};
use rocket::Request;
use rocket::error::ErrorKind;
use rocket::figment::Figment;

use crate::alone;
use crate::refusal_app::{RefusalApp, WEBHOOK};

const KEY: &str = "the audit key of this test, thirty-two characters or more";

async fn keyed() -> RefusalApp {
    RefusalApp::with(Logto::fairing(), |figment| figment.merge(("logto.audit_key", KEY))).await
}

/// As the page `traces` describes it.
fn hash_of(tenant: &Tenant, subject: &str) -> String {
    let sign = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let key = sign(KEY.as_bytes(), &format!("logto-rocket audit subject\n{}", tenant.issuer()));
    URL_SAFE_NO_PAD.encode(&sign(key.as_ref(), subject).as_ref()[..16])
}

/// The code and the hash of the events since `from`, which moves on.
fn events(from: &mut usize) -> Vec<(String, Option<String>)> {
    let lines = LogCapture::listen().lines();
    let audited: Vec<_> =
        lines[*from..].iter().filter(|line| line.target == "logto::audit").cloned().collect();
    *from = lines.len();
    let value = |text: &str, field: &str| {
        let (_, rest) = text.split_once(&format!("{field}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    audited
        .iter()
        .map(|line| {
            (
                value(&line.text, " code").or(value(&line.text, "code")).unwrap(),
                value(&line.text, "subject_hash"),
            )
        })
        .collect()
}

fn event(code: &str, hash: Option<&str>) -> (String, Option<String>) {
    (code.to_owned(), hash.map(str::to_owned))
}

#[rocket::async_test]
async fn with_a_key_the_events_of_one_user_have_the_same_hash() {
    let _turn = alone().await;
    LogCapture::listen();
    let app = keyed().await;
    let (alice_hash, bob_hash) = (hash_of(&app.tenant, ALICE), hash_of(&app.tenant, BOB));
    let (alice_hash, bob_hash) = (Some(alice_hash.as_str()), Some(bob_hash.as_str()));
    let mut from = LogCapture::listen().lines().len();

    let mut alice = app.with_person("alice").await;
    assert_eq!(events(&mut from), [event("signed_in", alice_hash)]);
    alice.fetch("/never").await;
    assert_eq!(events(&mut from), [event("check_failed", alice_hash)]);
    let mut bob = app.with_person("bob").await;
    bob.fetch("/orders").await;
    assert_eq!(events(&mut from), [event("signed_in", bob_hash), event("insufficient_scope", bob_hash)]);
    // By token: a user and a machine.
    let user = app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API).scopes(["none"])).unwrap();
    app.call(Ask::get("/orders").bearer(&user)).await;
    let machine = app.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    app.call(Ask::get("/orders").bearer(&machine)).await;
    let machine_hash = hash_of(&app.tenant, M2M_APP.id);
    assert_eq!(
        events(&mut from),
        [event("insufficient_scope", alice_hash), event("subject_not_accepted", Some(&machine_hash))]
    );
    // A mounted route that has looked for the session, and one that has not.
    let state = param(&alice.begin("/").await, "state").unwrap();
    alice.open(format!("/logto/callback?state={state}&code=x")).await;
    alice.fetch("/logto/sign-in").await;
    assert_eq!(events(&mut from), [event("callback_issuer", alice_hash), event("navigate_to_sign_in", None)]);
    // Another user at the same browser: one event for each.
    alice.sign_in(&app.tenant, "bob").await;
    assert_eq!(events(&mut from), [event("session_switched", alice_hash), event("signed_in", bob_hash)]);
    alice.submit("/logto/sign-out").await;
    assert_eq!(events(&mut from), [event("signed_out", bob_hash)]);

    app.call(app.logout(Issue::user("bob"))).await;
    app.call(app.webhook(WEBHOOK, "User.Deleted", ALICE)).await;
    app.call(Ask::post(format!("/people/{ALICE}/end"))).await;
    assert_eq!(
        events(&mut from),
        [
            event("backchannel_logout", bob_hash),
            event("webhook", alice_hash),
            event("sessions_ended", alice_hash)
        ]
    );
    let mut carol = app.with_person("carol").await;
    app.later(10);
    app.tenant.users().revoke_everything("carol").unwrap();
    carol.fetch("/token").await;
    let carol_hash = hash_of(&app.tenant, CAROL);
    let carol_hash = Some(carol_hash.as_str());
    let told = events(&mut from);
    assert_eq!(told[..2], [event("signed_in", carol_hash), event("session_ended", carol_hash)], "{told:?}");
}

/// A credential that is not proved says nothing about anybody.
#[rocket::async_test]
async fn with_a_key_nobody_can_put_the_hash_of_somebody_else_into_an_event() {
    let _turn = alone().await;
    LogCapture::listen();
    let app = keyed().await;
    let mut from = LogCapture::listen().lines().len();
    let forged = app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let (signed, _) = forged.rsplit_once('.').unwrap();
    app.call(Ask::get("/orders").bearer(&format!("{signed}.{}", "A".repeat(128)))).await;
    let expired = app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API).expired()).unwrap();
    app.call(Ask::get("/orders").bearer(&expired)).await;
    app.call(Ask::get("/known")).await;
    assert_eq!(
        events(&mut from),
        [event("token_signature", None), event("token_expired", None), event("not_signed_in", None)]
    );
    // The token that is presented decides, also beside a session of somebody else's.
    let mut bob = app.with_person("bob").await;
    events(&mut from);
    bob.send(Ask::get("/orders").bearer(&expired).script()).await;
    assert_eq!(events(&mut from), [event("token_expired", None)]);
}

async fn refuses(_: &SignedIn<'_>, _: &Request<'_>) -> Result<Welcome, Denied> {
    Err(Denied::default())
}

#[rocket::async_test]
async fn with_a_key_a_user_who_is_not_admitted_is_told_from_others() {
    let _turn = alone().await;
    LogCapture::listen();
    let change = |figment: Figment| figment.merge(("logto.audit_key", KEY));
    let app = RefusalApp::with(Logto::fairing().on_sign_in(refuses), change).await;
    let returned = app.returned("/logto/sign-in").await;
    let mut from = LogCapture::listen().lines().len();
    assert_eq!(returned.back().await.status, 403);
    assert_eq!(events(&mut from), [event("not_admitted", Some(&hash_of(&app.tenant, ALICE)))]);
}

#[rocket::async_test]
async fn with_a_key_the_events_of_stored_sessions_have_hashes() {
    let _turn = alone().await;
    LogCapture::listen();
    let fairing = Logto::fairing().session_store(SharedStore::new());
    let change = |figment: Figment| figment.merge(("logto.audit_key", KEY));
    let app = RefusalApp::with(fairing, change).await;
    let alice_hash = hash_of(&app.tenant, ALICE);
    let (mut here, mut there) = (app.with_person("alice").await, app.with_person("alice").await);
    let mut from = LogCapture::listen().lines().len();
    let sessions = here.fetch("/sessions").await.body;
    for id in sessions.split(' ') {
        there.submit(format!("/sessions/{id}/end")).await;
    }
    let told = events(&mut from);
    assert!(told.contains(&event("session_ended_by_owner", Some(&alice_hash))), "{told:?}");
    assert!(told.iter().all(|(_, hash)| hash.as_deref() == Some(&alice_hash) || hash.is_none()), "{told:?}");
}

#[rocket::async_test]
async fn without_a_key_no_event_has_a_hash() {
    let _turn = alone().await;
    LogCapture::listen();
    let app = RefusalApp::open().await;
    let mut from = LogCapture::listen().lines().len();
    let mut alice = app.with_person("alice").await;
    alice.fetch("/never").await;
    alice.submit("/logto/sign-out").await;
    let told = events(&mut from);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|(_, hash)| hash.is_none()), "{told:?}");
}

#[rocket::async_test]
async fn the_application_can_look_for_the_events_of_a_user() {
    let _turn = alone().await;
    let tenant = Tenant::recorded().start().await.unwrap();
    let launched = async |key: Option<&str>| {
        let figment = rocket_settings()
            .merge(("logto.endpoint", tenant.endpoint()))
            .merge(("logto.app_id", "a"))
            .merge(("logto.app_secret", "s"))
            .merge(("logto.public_url", "http://localhost:8000"));
        let figment = key.into_iter().fold(figment, |figment, key| figment.merge(("logto.audit_key", key)));
        rocket::custom(figment).attach(Logto::fairing()).ignite().await
    };
    let rocket = launched(Some(KEY)).await.unwrap();
    let logto = rocket.state::<Logto>().unwrap();
    assert_eq!(logto.audit_subject_hash(ALICE), Some(hash_of(&tenant, ALICE)));
    let rocket = launched(None).await.unwrap();
    assert_eq!(rocket.state::<Logto>().unwrap().audit_subject_hash(ALICE), None);
    for weak in ["short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""] {
        let error = launched(Some(weak)).await.err().unwrap_or_else(|| panic!("{weak:?}"));
        assert!(matches!(error.kind(), ErrorKind::FailedFairings(_)), "{weak:?}");
    }
}
