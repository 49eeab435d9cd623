//! What a session keeps when another authorization request takes its place.

use logto_dev::recorded::{ACME, CAROL, GLOBEX};
use logto_tests::{Ask, path_of};
use rocket::routes;

use super::{SessionBackend, Shop, at_first, later, members, reaches, to_logto};

#[rocket::async_test]
async fn the_data_and_the_organization_stay() {
    for backend in SessionBackend::both() {
        let shop = Shop::new(backend).await;
        let old = shop.deploy([at_first(), routes![members]].concat()).await;
        let new = shop.deploy([later(), routes![members]].concat()).await;
        let (mut browser, mut at_logto) = shop.signed_in(&old, "carol").await;
        assert_eq!(browser.send(Ask::post("/cart/teapot").script()).await.status, 200);
        assert_eq!(browser.send(Ask::post(format!("/organization/{GLOBEX}")).script()).await.status, 200);
        // Carol has no role that gives `write:orders`; what counts is the round.
        let mut browser = browser.at(&new);
        let sign_in = browser.open("/write").await.location().to_owned();
        assert_eq!(super::round(&mut browser, &mut at_logto, &sign_in).await, "/write");
        assert_eq!(browser.open("/write").await.status, 403);
        assert_eq!(browser.open("/").await.body, CAROL);
        assert_eq!(browser.open("/cart").await.body, "teapot");
        assert_eq!(browser.open("/organization").await.body, GLOBEX);
        assert_ne!(ACME, GLOBEX);
    }
}

/// The session that gave way is over: its cookie opens nothing.
#[rocket::async_test]
async fn the_session_from_before_has_ended() {
    for backend in SessionBackend::both() {
        let shop = Shop::new(backend).await;
        let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
        let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
        let mut browser = browser.at(&new);
        let mut before = browser.clone();
        reaches(&mut browser, &mut at_logto, "/write", "written").await;
        assert_eq!(before.open("/").await.body, "nobody");
    }
}

/// Somebody else has signed in at Logto meanwhile: it is their session, with nothing of the other person's.
#[rocket::async_test]
async fn another_user_gets_a_session_of_their_own() {
    for backend in SessionBackend::both() {
        let shop = Shop::new(backend).await;
        let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
        let (mut browser, _) = shop.signed_in(&old, "alice").await;
        assert_eq!(browser.send(Ask::post("/cart/teapot").script()).await.status, 200);
        let mut browser = browser.at(&new);
        let sign_in = browser.open("/write").await.location().to_owned();
        let authorization = to_logto(&mut browser, &sign_in).await;
        let callback = shop.tenant.sign_in(authorization, "carol").await.unwrap();
        assert_eq!(browser.open(path_of(&callback)).await.location(), "/write");
        assert_eq!(browser.open("/write").await.status, 403, "she has not the permission");
        assert_eq!(browser.open("/").await.body, CAROL);
        assert_eq!(browser.open("/cart").await.body, "");
    }
}
