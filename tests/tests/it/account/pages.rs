//! Links to the pages of the account center.

use logto_dev::Tenant;
use logto_rocket::{AccountLink, AccountPage, Logto, public};
use logto_tests::{App, Bench, settings};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::{State, get, routes};

#[public]
#[get("/security")]
fn security(logto: &State<Logto>) -> String {
    logto.account_page(AccountPage::Security).return_to("/back").to_string()
}

#[public]
#[get("/task?<back>")]
fn task(logto: &State<Logto>, back: &str) -> String {
    logto.account_page(AccountPage::Password).return_to(back).to_string()
}

#[public]
#[get("/email")]
fn email(logto: &State<Logto>) -> AccountLink {
    let page = logto.account_page(AccountPage::Email).return_to("/back?x=1&y=2");
    page.identifier("new@example.com").show_success().ui_locales("de-CH fr")
}

#[public]
#[get("/social?<connector>")]
fn social(logto: &State<Logto>, connector: &str) -> String {
    logto.account_page(AccountPage::ChangeSocial(connector)).to_string()
}

async fn bench(change: impl FnOnce(&Tenant, Figment) -> Figment) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = change(&tenant, settings(&tenant));
    let rocket = rocket::custom(figment).attach(Logto::fairing());
    let app = App::serve(rocket.mount("/", routes![security, task, email, social])).await;
    Bench { tenant, app }.warm().await
}

#[rocket::async_test]
async fn links_lead_to_logto_and_tasks_come_back() {
    let bench = bench(|_, figment| figment).await;
    let mut browser = bench.browser();
    let endpoint = bench.tenant.endpoint();
    // A page to stay on does not come back.
    assert_eq!(browser.fetch("/security").await.body, format!("{endpoint}/account/security"));
    let url = Url::parse(&browser.fetch("/task?back=/back").await.body).unwrap();
    assert_eq!(url.path(), "/account/password");
    assert_eq!(logto_tests::param(&url, "redirect").as_deref(), Some("http://localhost:8000/back"));

    let answer = browser.open("/email").await;
    let url = Url::parse(answer.location()).unwrap();
    let param = |name| logto_tests::param(&url, name);
    assert_eq!(param("redirect").as_deref(), Some("http://localhost:8000/back?x=1&y=2"));
    assert_eq!(param("identifier").as_deref(), Some("new@example.com"));
    assert_eq!(
        (param("show_success").as_deref(), param("ui_locales").as_deref()),
        (Some("true"), Some("de-CH fr"))
    );
}

#[rocket::async_test]
async fn l01_a_task_comes_back_to_this_application_alone() {
    let bench = bench(|_, figment| figment).await;
    let mut browser = bench.browser();
    for bad in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "",
        "/logto/sign-out",
        "back",
    ] {
        let encoded: String = bad.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let url = browser.fetch(format!("/task?back={encoded}")).await.body;
        assert_eq!(url, format!("{}/account/password", bench.tenant.endpoint()), "{bad}");
    }
    for odd in ["..", "%2e%2e", "a%2f..%2fb", "%3fx", "%23x"] {
        let url = Url::parse(&browser.fetch(format!("/social?connector={odd}")).await.body).unwrap();
        assert!(url.path().starts_with("/account/social/") && url.query().is_none(), "{odd}: {url}");
    }
}

#[rocket::async_test]
async fn links_have_the_address_for_browsers_and_the_public_path() {
    let bench = bench(|tenant, figment| {
        figment
            .merge(("logto.internal_endpoint", tenant.endpoint().replace("localhost", "127.0.0.1")))
            .merge(("logto.public_url", "http://localhost:8000/shop"))
            .merge(("logto.proxy_strips_path", true))
    })
    .await;
    let mut browser = bench.browser().below("/shop", true);
    let url = Url::parse(&browser.fetch("/shop/task?back=/back").await.body).unwrap();
    assert!(url.as_str().starts_with(bench.tenant.endpoint()), "{url}");
    assert_eq!(logto_tests::param(&url, "redirect").as_deref(), Some("http://localhost:8000/shop/back"));
}
