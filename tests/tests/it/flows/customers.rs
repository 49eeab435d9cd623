//! The shop's own record of its customers, which the hooks keep.

use std::time::Duration;

use logto_dev::{AccountCenter, Tenant, User};
use logto_rocket::{Clock, Logto};
use logto_tests::{Answer, App, Ask, Bench, Browser, ORIGIN, eventually, settings};
use storefront::built_in::{BOOKKEEPER, employ_bookkeeper};
use storefront::customers::BARRED;

const HOUR: Duration = Duration::from_secs(3600);

/// The shop on the tenant's clock.
async fn bench() -> Bench {
    let tenant = Tenant::recorded().user(User::new(BARRED)).account_center(AccountCenter::editable());
    let tenant = tenant.start().await.unwrap();
    employ_bookkeeper(&tenant).unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let app = App::serve(storefront::rocket_with(figment, fairing)).await;
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

async fn post(browser: &mut Browser, path: &str, form: &str) -> Answer {
    let ask = Ask::post(path).navigation().header("origin", ORIGIN);
    browser.send(ask.body("application/x-www-form-urlencoded", form)).await
}

/// A session that is ended at Logto, on the account page of another browser.
#[rocket::async_test]
async fn a_session_that_ends_elsewhere_is_on_record() {
    let bench = bench().await;
    let (mut lost, mut here) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
    post(&mut here, "/account/confirm", "password=Alice-Pass-2026").await;
    let page = here.open("/account").await;
    let ends = page.body.split("action=\"/account/sessions/").skip(1);
    let others: Vec<&str> =
        ends.filter(|end| !end.split("</li>").next().unwrap().contains("this one")).collect();
    assert_eq!(others.len(), 1, "{page:?}");
    let path = format!("/account/sessions/{}", others[0].split('"').next().unwrap());
    assert_eq!(post(&mut here, &path, "").await.location(), "/account");
    assert_eq!(here.fetch("/customer/news").await.body, "0 of your sessions ended elsewhere");

    // The shop notices when it uses the session's tokens.
    let ended = lost.fetch("/account").await;
    assert_eq!((ended.status, ended.code().as_str()), (401, "session_ended"), "{ended:?}");
    let ask = || {
        let mut here = here.clone();
        async move { here.fetch("/customer/news").await }
    };
    let told = |answer: &Answer| answer.body == "1 of your sessions ended elsewhere";
    eventually("the hook has noted it", ask, told).await;
    let page = here.open("/customer").await;
    assert!(page.body.contains("Sessions that ended otherwise</th><td>1</td>"), "{page:?}");
    assert!(page.body.contains("Sign-outs</th><td>0</td>"), "{page:?}");
}

/// The default of `session_idle` is a day.
#[rocket::async_test]
async fn news_keep_no_session_alive() {
    for (path, lives) in [("/customer/news", false), ("/customer.js", false), ("/customer", true)] {
        let bench = bench().await;
        let mut alice = bench.signed_in("alice").await;
        for _ in 0..4 {
            bench.tenant.clock().advance(5 * HOUR);
            assert_eq!(alice.fetch(path).await.status, 200, "{path}");
        }
        bench.tenant.clock().advance(5 * HOUR);
        assert_eq!(alice.fetch("/customer").await.status == 200, lives, "{path}");
    }
}

#[rocket::async_test]
async fn the_page_of_a_customer_has_the_script_that_says_when_the_session_ends() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/customer").await;
    assert!(page.body.contains("<script src=\"/customer.js\" defer>"), "{page:?}");
    let script = alice.fetch("/customer.js").await;
    assert!(script.header("content-type").unwrap().contains("javascript"), "{script:?}");
    assert!(script.body.contains("/logto/user?keep_alive=false"), "{script:?}");
}

#[rocket::async_test]
async fn whoever_keeps_the_books_begins_with_the_orders() {
    let bench = bench().await;
    let mut erin = bench.browser();
    let callback = erin.callback(&bench.tenant, BOOKKEEPER, "").await;
    assert_eq!(erin.open(callback).await.location(), "/api/orders");
    assert_eq!(erin.open("/api/orders").await.status, 200);
    let callback = erin.callback(&bench.tenant, BOOKKEEPER, "/profile").await;
    assert_eq!(erin.open(callback).await.location(), "/profile", "a page that was asked for");
}
