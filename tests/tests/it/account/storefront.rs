//! The account page of the storefront.

use logto_dev::{AccountCenter, Tenant};
use logto_tests::{App, Ask, Bench, Browser, ORIGIN, settings};

use super::PASSWORD;

async fn bench(center: AccountCenter) -> Bench {
    let tenant = Tenant::recorded().account_center(center).start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

async fn submit(browser: &mut Browser, path: &str, body: &str) -> String {
    let ask = Ask::post(path).navigation().header("origin", ORIGIN);
    let answer = browser.send(ask.body("application/x-www-form-urlencoded", body)).await;
    answer.location().to_owned()
}

#[rocket::async_test]
async fn a_user_changes_the_name_and_ends_a_session() {
    let bench = bench(AccountCenter::editable()).await;
    let mut alice = bench.signed_in("alice").await;
    bench.signed_in("alice").await;
    let page = alice.open("/account").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("<td>Alice Example</td>"), "{page:?}");
    assert!(page.body.contains("Show the sessions"), "{page:?}");

    assert_eq!(submit(&mut alice, "/account/name", "name=Alice+%26+%3CBob%3E").await, "/account");
    let page = alice.open("/account").await;
    assert!(page.body.contains("Your name is Alice &amp; &lt;Bob&gt; now."), "{page:?}");
    assert!(page.body.contains("<td>Alice &amp; &lt;Bob&gt;</td>"), "{page:?}");

    assert_eq!(submit(&mut alice, "/account/confirm", "password=wrong").await, "/account");
    assert!(alice.open("/account").await.body.contains("The password is wrong."));
    assert_eq!(submit(&mut alice, "/account/confirm", &format!("password={PASSWORD}")).await, "/account");
    let page = alice.open("/account").await;
    let ends: Vec<&str> = page.body.split("action=\"/account/sessions/").skip(1).collect();
    assert_eq!(ends.len(), 2, "{page:?}");
    let other = ends.iter().find(|end| !end.split("</li>").next().unwrap().contains("this one")).unwrap();
    let path = format!("/account/sessions/{}", other.split('"').next().unwrap());
    assert_eq!(submit(&mut alice, &path, "").await, "/account");
    let page = alice.open("/account").await;
    assert!(page.body.contains("The session has ended."), "{page:?}");
    assert_eq!(page.body.matches("action=\"/account/sessions/").count(), 1, "{page:?}");
}

#[rocket::async_test]
async fn the_pages_of_logto_are_linked() {
    let bench = bench(AccountCenter::editable()).await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/account").await;
    assert!(page.body.contains(&format!("{}/account/security", bench.tenant.endpoint())), "{page:?}");
    let answer = alice.open("/account/password").await;
    let expected = format!(
        "{}/account/password?redirect=http%3A%2F%2Flocalhost%3A8000%2Faccount",
        bench.tenant.endpoint()
    );
    assert_eq!(answer.location(), expected);
}

#[rocket::async_test]
async fn a_tenant_without_an_account_center_is_told() {
    let bench = bench(AccountCenter::disabled()).await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open("/account").await;
    assert_eq!((page.status, page.code().as_str()), (403, "account_not_enabled"), "{page:?}");
}

#[rocket::async_test]
async fn strangers_and_other_sites_change_nothing() {
    let bench = bench(AccountCenter::editable()).await;
    let page = bench.browser().open("/account").await;
    assert!(page.location().starts_with("/logto/sign-in?"), "{page:?}");
    let mut alice = bench.signed_in("alice").await;
    let forged = Ask::post("/account/name")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .body("application/x-www-form-urlencoded", "name=Mallory");
    assert_eq!(alice.send(forged).await.status, 403);
    assert!(alice.open("/account").await.body.contains("<td>Alice Example</td>"));
}
