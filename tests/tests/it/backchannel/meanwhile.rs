//! Logouts that meet sign-ins under way, clocks that differ, and nodes with different keys.

use std::time::Duration;

use logto_dev::Tenant;
use logto_rocket::{Clock, Logto, User, require_auth};
use logto_tests::{App, Bench, Browser, FlakyStore, path_of, settings};
use rocket::{get, routes};

use super::{
    assert_answered, bench, form, is_signed_in, listen, logout_of, sign_in, sign_out_at_logto, told, with_sid,
};

/// The code was issued before the sign-out and arrives after it: a session of Logto that is over, as this
/// application was told, becomes a session here.
#[rocket::async_test]
async fn a_sign_in_under_way_does_not_outlive_its_session_at_logto() {
    let mut alive = Vec::new();
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| told(figment).merge(("logto.session_store", store))).await;
        listen(&bench);
        let (mut office, mut at_logto) = sign_in(&bench, "alice").await;
        let mut tab = bench.browser();
        let callback = at_logto.sign_in(tab.begin("").await, "alice").await.unwrap();
        sign_out_at_logto(&bench, &mut at_logto).await;
        assert!(!is_signed_in(&mut office).await, "{store}: it has heard of it");
        bench.tenant.clock().advance(Duration::from_secs(2));
        tab.open(path_of(&callback)).await;
        if is_signed_in(&mut tab).await {
            alive.push(store);
        }
    }
    assert!(alive.is_empty(), "sessions of a `sid` that is over, with sessions kept in: {alive:?}");
}

/// The clock is corrected by a few seconds, as by NTP; or the session was begun by a node whose clock is so far
/// ahead. A `sid` never lives again, so when it ended does not matter.
#[rocket::async_test]
async fn a_logout_counts_whatever_the_clocks_say() {
    let bench = bench().await;
    let (mut alice, sid) = with_sid(&bench, "alice").await;
    bench.tenant.clock().turn_back(Duration::from_secs(10));
    let token = bench.tenant.logout_token(logout_of("alice").claim("sid", sid)).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

async fn serve(tenant: &Tenant, store: &FlakyStore, keys: &[&str]) -> App {
    let clock = tenant.clock().clone();
    let figment = told(settings(tenant)).merge(("logto.cookie_keys", keys));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
    App::serve(rocket::custom(figment).attach(fairing).mount("/", routes![known])).await
}

/// While a new key is rolled out ("put a new key in front to rotate"), a node without it answers 200 to a logout
/// and ends nothing: it reads the subject in the record, although the store's index tells it.
#[rocket::async_test]
async fn a_node_without_the_newest_key_ends_sessions_all_the_same() {
    const NEW: &str = "the new key, of which only some nodes know yet";
    const OLD: &str = "the old key, which all nodes have known for long";
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), FlakyStore::new());
    let (new, old) = (serve(&tenant, &store, &[NEW, OLD]).await, serve(&tenant, &store, &[OLD]).await);
    let elsewhere = logto_tests::CountingListener::silent().await;
    let change =
        |application: logto_dev::Application| application.backchannel_logout_uri(elsewhere.url(), true);
    tenant.applications().change(logto_dev::recorded::BCL_APP.id, change).unwrap();
    let (mut alice, mut at_logto) = (Browser::new(&new), tenant.browser());
    let callback = at_logto.sign_in(alice.begin("").await, "alice").await.unwrap();
    alice.open(path_of(&callback)).await;
    let end = format!("{}/oidc/session/end?client_id={}", tenant.endpoint(), logto_dev::recorded::BCL_APP.id);
    at_logto.sign_out(end).await.unwrap();
    let token = tenant.logout_deliveries().last().unwrap().token.clone();
    assert_eq!(alice.fetch("/known").await.status, 200, "it was told elsewhere");
    assert_answered(&Browser::new(&old).send(form(&token)).await, 200, "");
    assert_eq!(alice.fetch("/known").await.status, 401, "200 says that the session is over");
}
