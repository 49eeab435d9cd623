//! `callback_path`: a redirect URI that is registered already.

use logto_dev::Tenant;
use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_rocket::Access;
use logto_tests::{Ask, Browser, ORIGIN, param};
use reqwest::Url;
use rocket::figment::Figment;

const PATH: &str = "/api/auth/callback";

async fn tenant() -> Tenant {
    let recorded = Tenant::recorded();
    let home = format!("{ORIGIN}/");
    recorded.application_redirect(ROCKET_APP.id, format!("{ORIGIN}{PATH}"), home).start().await.unwrap()
}

fn setting(figment: Figment) -> Figment {
    figment.merge(("logto.callback_path", PATH))
}

#[rocket::async_test]
async fn a_sign_in_comes_back_to_the_callback_path() {
    let tenant = tenant().await;
    let app = super::serve(&tenant, setting).await;
    let mut browser = Browser::new(&app);
    let url = browser.begin("/known").await;
    assert_eq!(param(&url, "redirect_uri"), Some(format!("{ORIGIN}{PATH}")));
    let callback = tenant.sign_in(url, "alice").await.unwrap();
    let answer = browser.open(&callback[url::Position::BeforePath..]).await;
    assert_eq!(answer.location(), "/known");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(browser.open("/known").await.body, ALICE);

    assert_eq!(browser.open("/logto/callback?state=x&code=y").await.status, 404);
    let head = browser.send(Ask::new("HEAD", format!("{PATH}?state=x&code=y"))).await;
    assert_eq!((head.status, head.header("allow")), (405, Some("GET")));
}

#[rocket::async_test]
async fn l02_the_callback_path_is_no_return_path() {
    let tenant = tenant().await;
    let app = super::serve(&tenant, setting).await;
    let mut browser = Browser::new(&app);
    for path in [PATH, "/api/auth/callback?code=x", "/api//auth/%63allback", "/api/auth/callback/"] {
        let url = browser.begin(path).await;
        let callback = tenant.sign_in(url, "alice").await.unwrap();
        let answer = browser.open(&callback[url::Position::BeforePath..]).await;
        assert_eq!(answer.location(), "/", "{path}");
    }
}

#[rocket::async_test]
async fn the_access_report_has_the_callback_as_a_route_of_its_own() {
    let tenant = tenant().await;
    let rocket =
        super::rocket(&tenant, "/", |figment| setting(figment).merge(("logto.backchannel_logout", true)));
    let rocket = rocket.ignite().await.unwrap();
    let logto = rocket.state::<logto_rocket::Logto>().unwrap();
    assert_eq!(logto.redirect_uris(), [format!("{ORIGIN}{PATH}")]);
    let report = logto.access_report().unwrap();
    let callback = report.routes().iter().find(|route| route.uri() == PATH).unwrap();
    assert_eq!((callback.method(), callback.access()), ("GET", Access::BuiltIn));
}

#[rocket::async_test]
async fn c01_a_forged_callback_is_refused_there_too() {
    let tenant = tenant().await;
    let app = super::serve(&tenant, setting).await;
    let mut browser = Browser::new(&app);
    let url = browser.begin("").await;
    let callback = tenant.sign_in(url, "alice").await.unwrap();
    let mut forged: Url = callback.clone();
    forged.set_query(Some("state=forged&code=x"));
    let answer = browser.open(&forged[url::Position::BeforePath..]).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
}
