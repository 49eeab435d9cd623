//! The shop's route that came later, and its button for a new role.

use logto_tests::{App, Ask, Bench, Browser, path_of, settings};
use storefront::built_in::{BOOKKEEPER, employ_bookkeeper};

#[rocket::async_test]
async fn a_session_from_before_the_exports_reaches_them() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    employ_bookkeeper(&tenant).unwrap();
    let shop = |exports: bool| {
        let figment = storefront::figment()
            .merge(settings(&tenant))
            .merge(("logto.cookie_keys", ["a key of both versions of the shop, 32 or more"]))
            .merge(("logto.session_store", "cookie"))
            .merge(("exports", exports));
        App::serve(storefront::rocket(figment))
    };
    let (old, new) = (shop(false).await, shop(true).await);
    let (mut erin, mut at_logto) = (Browser::new(&old), tenant.browser());
    let callback = at_logto.sign_in(erin.begin("/").await, BOOKKEEPER).await.unwrap();
    erin.open(path_of(&callback)).await;
    assert_eq!(erin.open("/api/export").await.status, 404);

    let mut erin = erin.at(&new);
    assert_eq!(erin.fetch("/api/export").await.code(), "insufficient_scope");
    let sign_in = erin.open("/api/export").await.location().to_owned();
    let authorization = erin.open(sign_in).await.location().to_owned();
    let callback = at_logto.open(authorization).await.unwrap();
    assert_eq!(erin.open(path_of(&callback)).await.location(), "/api/export");
    assert_eq!(erin.fetch("/api/export").await.json()["orders"].as_array().unwrap().len(), 3);
}

#[rocket::async_test]
async fn a_new_role_shows_at_the_press_of_a_button() {
    let bench = Bench::storefront().await;
    let mut bob = bench.signed_in("bob").await;
    let roles = async |bob: &mut Browser| {
        bob.send(Ask::post("/api/permissions").script()).await.json()["roles"].clone()
    };
    assert_eq!(roles(&mut bob).await, serde_json::json!([]));
    bench.tenant.users().give_role("bob", "shop-user").unwrap();
    assert_eq!(roles(&mut bob).await, serde_json::json!(["shop-user"]));
    let nobody = bench.call(Ask::post("/api/permissions").script()).await;
    assert_eq!((nobody.status, &*nobody.code()), (401, "not_signed_in"));
}
