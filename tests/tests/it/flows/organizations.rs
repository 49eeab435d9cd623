//! Sign-ins that the shop begins itself: with an organization, and as somebody else.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::{Answer, Bench, Browser, param, path_of};
use reqwest::Url;

/// Logto's address, which a page of the shop leads to by way of the sign-in route.
async fn authorization(browser: &mut Browser, path: &str) -> Url {
    let answer = browser.open(path).await;
    assert!(answer.location().starts_with("/logto/sign-in?request="), "{path}: {answer:?}");
    let answer = browser.open(answer.location()).await;
    Url::parse(answer.location()).unwrap()
}

fn links_to(page: &Answer, path: &str) -> bool {
    page.body.contains(&format!("href=\"{path}\""))
}

#[rocket::async_test]
async fn a_page_links_to_registration_with_each_partner() {
    let bench = Bench::storefront().await;
    let mut person = bench.browser();
    assert!(links_to(&person.open("/").await, "/organizations"));
    let page = person.open("/organizations").await;
    assert_eq!(page.status, 200, "{page:?}");
    for organization in [ACME, GLOBEX] {
        let path = format!("/join/{organization}");
        assert!(links_to(&page, &path), "{page:?}");
        let mut newcomer = bench.browser();
        let url = authorization(&mut newcomer, &path).await;
        assert_eq!(param(&url, "first_screen").as_deref(), Some("register"));
        assert_eq!(param(&url, "organization_id").as_deref(), Some(organization));
        let callback = bench.tenant.sign_in(&url, "alice").await.unwrap();
        assert_eq!(newcomer.open(path_of(&callback)).await.location(), "/");
        assert!(newcomer.open("/").await.body.contains("Hello Alice Example"));
    }
}

#[rocket::async_test]
async fn a_user_signs_in_as_somebody_else() {
    let bench = Bench::storefront().await;
    let (mut browser, mut at_logto) = (bench.browser(), bench.tenant.browser());
    let callback = at_logto.sign_in(browser.begin("").await, "alice").await.unwrap();
    browser.open(path_of(&callback)).await;
    assert!(links_to(&browser.open("/profile").await, "/somebody-else"));
    let url = authorization(&mut browser, "/somebody-else").await;
    assert_eq!(param(&url, "prompt").as_deref(), Some("login consent"));
    assert!(at_logto.open(url.clone()).await.is_err(), "Logto asks although it knows alice");
    let callback = at_logto.sign_in(url, "carol").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/");
    let user = browser.fetch("/logto/user").await.json();
    assert_eq!(user["claims"]["username"], "carol", "{user}");
}
