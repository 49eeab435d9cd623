//! `public_urls`: one application under several origins.

use logto_dev::Tenant;
use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_tests::{App, Ask, Browser, param, rocket_settings, session_store};
use reqwest::Url;

const FIRST: &str = "http://localhost:8000";
const SECOND: &str = "http://shop.localhost:8000";

async fn application() -> (Tenant, App) {
    let tenant = super::tenant(&[FIRST, SECOND]).await;
    // Without the `public_url` of other tests: only one of the two settings may be there.
    let figment = rocket_settings()
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.app_id", ROCKET_APP.id))
        .merge(("logto.app_secret", ROCKET_APP.secret))
        .merge(("logto.public_urls", [FIRST, SECOND]))
        .merge(("logto.session_store", session_store()))
        .merge(("logto.backchannel_logout", true));
    let app = App::serve(super::rocket(&tenant, "/", |_| figment)).await;
    (tenant, app)
}

async fn sign_in(tenant: &Tenant, browser: &mut Browser, origin: &str) -> Url {
    let url = browser.begin("/known").await;
    assert_eq!(param(&url, "redirect_uri"), Some(format!("{origin}/logto/callback")));
    let callback = tenant.sign_in(url, "alice").await.unwrap();
    assert!(callback.as_str().starts_with(&format!("{origin}/logto/callback?")), "{callback}");
    callback
}

#[rocket::async_test]
async fn a_sign_in_comes_back_to_the_origin_that_it_began_at() {
    let (tenant, app) = application().await;
    for origin in [FIRST, SECOND] {
        let host = origin.strip_prefix("http://").unwrap();
        let mut browser = Browser::new(&app).under(host);
        let callback = sign_in(&tenant, &mut browser, origin).await;
        assert_eq!(browser.open(&callback[url::Position::BeforePath..]).await.location(), "/known");
        assert_eq!(browser.open("/known").await.body, ALICE);
        let answer = browser.open("/logto/sign-out").await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(param(&url, "post_logout_redirect_uri"), Some(format!("{origin}/")));
    }
}

/// Logto refuses a code whose redirect URI is another one (RFC 6749 §4.1.3).
#[rocket::async_test]
async fn c03_a_callback_of_one_origin_is_worth_nothing_at_another() {
    let (tenant, app) = application().await;
    let mut browser = Browser::new(&app).under("shop.localhost:8000");
    let callback = sign_in(&tenant, &mut browser, SECOND).await;
    let mut browser = browser.under("localhost:8000");
    let answer = browser.open(&callback[url::Position::BeforePath..]).await;
    assert_eq!(answer.code(), "sign_in_code_spent");
    assert!(browser.jar.session().is_empty());
}

#[rocket::async_test]
async fn l09_a_host_that_is_not_in_the_list_is_led_to_the_first_origin() {
    let (_tenant, app) = application().await;
    for host in [
        "evil.com",
        "localhost:8000.evil.com",
        "localhost:8000@evil.com",
        "evil.localhost:8000",
        "localhost",
        "localhost:80",
        "localhost.:8000",
        "shop.localhost:8001",
        "127.0.0.1:8000",
    ] {
        let mut browser = Browser::new(&app).under(host);
        let answer = browser.open("/logto/sign-in?return_to=/known").await;
        assert_eq!(
            answer.location(),
            "http://localhost:8000/logto/sign-in?return_to=/known&canonical=1",
            "{host}"
        );
        // Behind a proxy that replaces `Host` it comes back under the same name, and once is enough.
        let answer = browser.open("/logto/sign-in?return_to=/known&canonical=1").await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(param(&url, "redirect_uri"), Some(format!("{FIRST}/logto/callback")), "{host}");
        // A guard leads to sign-in by a path, and so nowhere else.
        assert!(browser.open("/known").await.location().starts_with("/logto/sign-in?"), "{host}");
    }
}

#[rocket::async_test]
async fn l09_two_hosts_and_headers_of_proxies_say_nothing() {
    let (_tenant, app) = application().await;
    let lies = "x-forwarded-host: shop.localhost:8000\r\nforwarded: host=shop.localhost:8000;proto=https\r\n\
                x-forwarded-proto: https\r\nx-forwarded-prefix: /evil\r\nx-original-host: evil.com\r\n";
    let answer = app.raw_get("/logto/sign-in", lies).await;
    assert!(answer.contains("redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Flogto%2Fcallback"), "{answer}");
    let answer = app.raw_get("/logto/sign-in", "host: shop.localhost:8000\r\n").await;
    // hyper or this application: whoever sees two hosts takes neither.
    let is_refused = answer.starts_with("HTTP/1.1 400");
    assert!(
        is_refused || answer.contains("location: http://localhost:8000/logto/sign-in?canonical=1"),
        "{answer}"
    );
}

#[rocket::async_test]
async fn n01_each_origin_is_another_one_to_the_others() {
    let (tenant, app) = application().await;
    for (origin, other) in [(FIRST, SECOND), (SECOND, FIRST)] {
        let mut browser = Browser::new(&app).under(origin.strip_prefix("http://").unwrap());
        let callback = sign_in(&tenant, &mut browser, origin).await;
        browser.open(&callback[url::Position::BeforePath..]).await;
        let post = |from: &str, site: &str| {
            Ask::post("/known").header("origin", from).header("sec-fetch-site", site)
        };
        assert_eq!(browser.send(post(origin, "same-origin")).await.status, 200);
        assert_eq!(browser.send(Ask::post("/known").header("origin", origin)).await.status, 200);
        for refused in
            [post(other, "same-site"), post(other, "cross-site"), Ask::post("/known").header("origin", other)]
        {
            let answer = browser.send(refused).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "cross_site_request"), "{other}");
        }
        // A link from the other origin signs nobody out without a question.
        let link =
            Ask::get("/logto/sign-out").header("accept", "text/html").header("referer", format!("{other}/"));
        assert_eq!(browser.send(link).await.code(), "cross_site_request");
    }
}

/// Logto reaches the application by whatever name its operator has registered.
#[rocket::async_test]
async fn k16_logto_may_use_any_host() {
    let (_tenant, app) = application().await;
    for host in ["localhost:8000", "shop.localhost:8000", "app.internal:9000"] {
        let logout = Ask::post("/logto/backchannel-logout")
            .body("application/x-www-form-urlencoded", "logout_token=x");
        let answer = Browser::new(&app).under(host).send(logout).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{host}");
    }
}
