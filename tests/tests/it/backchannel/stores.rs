//! The store behind it: down, or shared by several processes.

use logto_dev::Tenant;
use logto_rocket::{Clock, Logto, User, require_auth};
use logto_tests::{App, Browser, FlakyStore, eventually, settings};
use rocket::{get, routes};

use super::{assert_answered, form, logout_of, told};

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

async fn serve(tenant: &Tenant, store: &FlakyStore) -> App {
    let clock = tenant.clock().clone();
    let key = ["a key that both processes have in common"];
    let figment = told(settings(tenant)).merge(("logto.cookie_keys", key));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
    App::serve(rocket::custom(figment).attach(fairing).mount("/", routes![known])).await
}

#[rocket::async_test]
async fn k18_while_the_store_is_down_the_logout_waits() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), FlakyStore::new());
    let app = serve(&tenant, &store).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;

    store.set_down(true);
    let token = tenant.logout_token(logout_of("alice")).unwrap();
    let answer = Browser::new(&app).send(form(&token)).await;
    assert_answered(&answer, 503, "store_unavailable");
    assert!(answer.header("retry-after").is_some());
    store.set_down(false);
    // Logto does not send it again.
    let ended = || {
        let mut alice = alice.clone();
        async move { alice.fetch("/known").await }
    };
    eventually("the session ends all the same", ended, |answer| answer.status == 401).await;
}

#[rocket::async_test]
async fn k10_a_token_counts_once_for_all_processes() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), FlakyStore::new());
    let (one, two) = (serve(&tenant, &store).await, serve(&tenant, &store).await);
    let mut alice = Browser::new(&one);
    alice.sign_in(&tenant, "alice").await;
    let token = tenant.logout_token(logout_of("alice")).unwrap();
    assert_answered(&Browser::new(&two).send(form(&token)).await, 200, "");
    assert_eq!(alice.fetch("/known").await.status, 401, "what one process was told, the other knows");
    assert_answered(&Browser::new(&one).send(form(&token)).await, 400, "token_replayed");
}
