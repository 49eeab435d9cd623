//! A silent sign-in of a user whom the application refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use logto_dev::Endpoint;
use logto_dev::recorded::ALICE;
use logto_rocket::{Denied, SignedIn, Welcome};
use rocket::Request;

use super::{Shop, round};

/// A shop whose hook refuses everybody once the flag is set.
async fn shop_that_may_refuse() -> (Shop, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(false));
    let decides = Arc::clone(&refuses);
    let hook = async move |_: &SignedIn<'_>, _: &Request<'_>| {
        if decides.load(Ordering::Relaxed) { Err(Denied::because("not here")) } else { Ok(Welcome::back()) }
    };
    let shop = Shop::with_hooks(|figment| figment, |fairing| fairing.on_sign_in(hook)).await;
    (shop, refuses)
}

/// Nobody is signed in afterwards, and the page is shown.
#[rocket::async_test]
async fn a_refused_user_has_no_session_and_sees_the_page() {
    let (shop, refuses) = shop_that_may_refuse().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    refuses.store(true, Ordering::Relaxed);
    let first = browser.open("/?page=1").await.location().to_owned();
    assert_eq!(round(&mut browser, &mut at_logto, &first).await, "/?page=1");
    assert_eq!(browser.open("/?page=1").await.body, "nobody 1");
    assert!(browser.jar.session().is_empty(), "{:?}", browser.jar);
}

/// The application decides anew about the user of the session that this browser has.
#[rocket::async_test]
async fn a_refusal_ends_the_session_that_the_same_user_has() {
    let (shop, refuses) = shop_that_may_refuse().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    let first = browser.open("/").await.location().to_owned();
    round(&mut browser, &mut at_logto, &first).await;
    assert_eq!(browser.fetch("/orders").await.body, ALICE);
    let mut copy = browser.clone();
    refuses.store(true, Ordering::Relaxed);
    let revoked = shop.tenant.journal().count(Endpoint::Revocation);
    let first = browser.open("/recognize").await.location().to_owned();
    assert_eq!(round(&mut browser, &mut at_logto, &first).await, "/plain");
    assert_eq!(browser.open("/plain").await.body, "nobody");
    assert_eq!(copy.fetch("/orders").await.status, 401, "nor with a copy of its cookies");
    assert!(shop.tenant.journal().count(Endpoint::Revocation) > revoked, "the grant ends at Logto");
}
