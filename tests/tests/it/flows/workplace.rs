//! The organization switch of the shop: one page, the buttons of one organization, and reasons.

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::{Answer, App, Ask, Bench, Browser, ORIGIN, settings};
use storefront::built_in::{IN_TWO_ORGANIZATIONS, manager_and_member};

async fn bench() -> Bench {
    let tenant = Tenant::recorded().user(manager_and_member()).start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

async fn switch(browser: &mut Browser, organization: &str) -> Answer {
    let ask = Ask::post("/workplace").navigation().header("origin", ORIGIN);
    let form = format!("organization={organization}");
    browser.send(ask.body("application/x-www-form-urlencoded", form)).await
}

#[rocket::async_test]
async fn a_member_of_two_organizations_works_in_one_and_reads_why_a_button_is_off() {
    let bench = bench().await;
    let mut frank = bench.signed_in(IN_TWO_ORGANIZATIONS).await;
    let page = frank.open("/workplace").await;
    assert!(page.body.contains("Where do you work?"), "{page:?}");
    assert!(page.body.contains("Work in Acme") && page.body.contains("Work in Globex"), "{page:?}");
    assert!(!page.body.contains("Pay the bill"), "{page:?}");
    let refused = frank.send(Ask::post("/workplace/bill").script()).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "no_organization"), "{refused:?}");

    assert_eq!(switch(&mut frank, ACME).await.location(), "/workplace");
    let page = frank.open("/workplace").await;
    assert!(page.body.contains("You work in Acme"), "{page:?}");
    assert!(!page.body.contains("disabled"), "{page:?}");
    assert_eq!(frank.send(Ask::post("/workplace/bill").script()).await.json()["organization"], ACME);

    assert_eq!(switch(&mut frank, GLOBEX).await.location(), "/workplace");
    let page = frank.open("/workplace").await;
    assert!(page.body.contains("You work in Globex"), "{page:?}");
    let reason = "This needs <code>manage:billing</code>, which your role in Globex does not have: member. Your role in Acme: admin.";
    assert!(page.body.contains(reason), "{page:?}");
    assert_eq!(page.body.matches("disabled").count(), 1, "{page:?}");
    assert_eq!(frank.send(Ask::post("/workplace/invites").script()).await.status, 201);
    let refused = frank.send(Ask::post("/workplace/bill").script()).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "insufficient_scope"), "{refused:?}");

    // Whoever sends the form all the same reads what is missing, and finds the way back to the choice.
    let page = frank.submit("/workplace/bill").await;
    assert_eq!(page.status, 403, "{page:?}");
    assert!(page.body.contains("manage:billing") && page.body.contains("href=\"/workplace\""), "{page:?}");
}

#[rocket::async_test]
async fn nobody_switches_to_an_organization_of_others() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    // Her only organization is the one that she works in.
    assert!(alice.open("/workplace").await.body.contains("You work in Acme"));
    for not_hers in [GLOBEX, "unknown"] {
        assert_eq!(switch(&mut alice, not_hers).await.location(), "/workplace", "{not_hers}");
        let page = alice.open("/workplace").await;
        assert!(page.body.contains("You are not a member of that organization."), "{page:?}");
        assert!(page.body.contains("You work in Acme"), "{page:?}");
    }
    for no_id in ["", "a%20b", "a%3Ab"] {
        let answer = switch(&mut alice, no_id).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "no_organization"), "{no_id}: {answer:?}");
    }
    let forged = Ask::post("/workplace").header("origin", "https://evil.example");
    let forged = forged
        .header("sec-fetch-site", "cross-site")
        .body("application/x-www-form-urlencoded", "organization=x");
    assert_eq!(alice.send(forged).await.code(), "cross_site_request");
}

#[rocket::async_test]
async fn whoever_is_in_no_organization_reads_so() {
    let bench = bench().await;
    let mut bob = bench.signed_in("bob").await;
    let page = bob.open("/workplace").await;
    assert!(page.body.contains("You are not a member of any."), "{page:?}");
    assert_eq!(bench.call(Ask::get("/workplace").script()).await.code(), "not_signed_in");
}
