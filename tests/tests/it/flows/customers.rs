//! The shop's own record of its customers, which the hooks keep.

use logto_dev::{Tenant, User};
use logto_tests::{App, Bench, settings};
use storefront::customers::BARRED;

async fn bench() -> Bench {
    let tenant = Tenant::recorded().user(User::new(BARRED)).start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

#[rocket::async_test]
async fn a_customer_is_on_record_from_the_first_sign_in_on() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/customer").await;
    assert!(page.body.contains("Customer number 1"), "{page:?}");
    assert!(page.body.contains("Sign-ins</th><td>1</td>"), "{page:?}");
    assert!(bench.signed_in("carol").await.open("/customer").await.body.contains("Customer number 2"));

    assert_eq!(alice.fetch("/customer/news").await.body, "0 of your sessions ended elsewhere");
    assert!(page.body.contains("action=\"/logto/sign-out?local=true&amp;return_to=/goodbye\""), "{page:?}");
    assert_eq!(alice.submit("/logto/sign-out?local=true&return_to=/goodbye").await.location(), "/goodbye");
    assert!(alice.open("/goodbye").await.body.contains("You have left the shop."));
    alice.sign_in(&bench.tenant, "alice").await;
    let page = alice.open("/customer").await;
    assert!(page.body.contains("Customer number 1"), "{page:?}");
    assert!(page.body.contains("Sign-ins</th><td>2</td>"), "{page:?}");
    assert!(page.body.contains("Sign-outs</th><td>1</td>"), "{page:?}");
}

#[rocket::async_test]
async fn whom_the_shop_refuses_reads_why_and_is_not_signed_in() {
    let bench = bench().await;
    let mut mallory = bench.browser();
    let callback = mallory.callback(&bench.tenant, BARRED, "/customer").await;
    let page = mallory.open(callback).await;
    assert_eq!((page.status, page.code().as_str()), (403, "not_admitted"), "{page:?}");
    assert!(page.body.contains("The shop no longer sells to you."), "{page:?}");
    assert_eq!(mallory.fetch("/api/whoami").await.status, 401);
    assert!(mallory.jar.session().is_empty());
}
