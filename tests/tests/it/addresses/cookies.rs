//! `[logto.cookie]`, and the prefixes of cookies.

use logto_dev::Tenant;
use logto_dev::recorded::ALICE;
use logto_tests::{Answer, App, Browser, SetCookie};
use rocket::figment::Figment;

async fn sign_in(tenant: &Tenant, app: &App, address: &str) -> (Browser, Vec<SetCookie>) {
    let host_and_path = address.split_once("://").unwrap().1;
    let (host, path) = host_and_path.split_at(host_and_path.find('/').unwrap_or(host_and_path.len()));
    let mut browser = Browser::new(app).under(host).below(path, true);
    let url = browser.begin("").await;
    let callback = tenant.sign_in(url, "alice").await.unwrap();
    let answer = browser.open(&callback[url::Position::BeforePath..]).await;
    assert_eq!(answer.location(), format!("{path}/"));
    assert_eq!(browser.open(format!("{path}/known")).await.body, ALICE);
    (browser, set(&answer))
}

fn set(answer: &Answer) -> Vec<SetCookie> {
    answer.cookies().into_iter().filter(|cookie| !cookie.is_deletion()).collect()
}

async fn application(address: &str, change: impl FnOnce(Figment) -> Figment) -> (Tenant, App) {
    let tenant = super::tenant(&[address]).await;
    let app = super::serve(&tenant, |figment| {
        change(figment.merge(("logto.public_url", address)).merge(("logto.proxy_strips_path", true)))
    })
    .await;
    (tenant, app)
}

/// Address, name, domain; and of the session's cookie: the beginning of the name, `Path`, `Domain`, `Secure`.
type Row<'r> = (&'r str, Option<&'r str>, Option<&'r str>, &'r str, &'r str, Option<&'r str>, bool);

const TABLE: &[Row<'static>] = &[
    ("https://app.example.com", None, None, "__Host-logto_", "/", None, true),
    ("https://app.example.com/shop", None, None, "__Host-logto_", "/", None, true),
    ("https://app.example.com", Some("sid"), None, "__Host-sid.", "/", None, true),
    ("https://app.example.com", None, Some("example.com"), "__Secure-logto_", "/", Some("example.com"), true),
    (
        "https://app.example.com/shop",
        Some("sid"),
        Some("example.com"),
        "__Secure-sid.",
        "/shop",
        Some("example.com"),
        true,
    ),
    ("http://localhost:8000", None, None, "logto_", "/", None, false),
    ("http://localhost:8000/shop", None, None, "logto_", "/shop", None, false),
    ("http://localhost:8000", Some("sid"), None, "sid.", "/", None, false),
];

#[rocket::async_test]
async fn g01_cookies_have_the_strictest_form_that_the_settings_allow() {
    for (address, name, domain, prefix, path, domain_attribute, secure) in TABLE {
        let (tenant, app) = application(address, |figment| {
            let figment = match name {
                Some(name) => figment.merge(("logto.cookie.name", name)),
                None => figment,
            };
            match domain {
                Some(domain) => figment.merge(("logto.cookie.domain", domain)),
                None => figment,
            }
        })
        .await;
        let (mut browser, cookies) = sign_in(&tenant, &app, address).await;
        assert!(cookies.iter().any(|cookie| cookie.name.contains('.')), "{address} {cookies:?}");
        let answer = browser.open(format!("{}/logto/sign-out", path_of(address))).await;
        let removed = answer.cookies().into_iter().filter(SetCookie::is_deletion);
        let removed: Vec<SetCookie> = removed.collect();
        assert!(!removed.is_empty());
        for cookie in cookies.iter().chain(&removed) {
            assert!(cookie.name.starts_with(prefix.trim_end_matches('.')), "{prefix} {cookie:?}");
            assert_eq!(cookie.path.as_deref(), Some(*path), "{address} {cookie:?}");
            assert_eq!(cookie.domain.as_deref(), *domain_attribute, "{address} {cookie:?}");
            assert_eq!(cookie.secure, *secure, "{address} {cookie:?}");
            assert!(cookie.http_only && cookie.same_site.as_deref() == Some("Lax"), "{cookie:?}");
        }
        assert!(browser.jar.0.keys().all(|name| !name.contains('.')), "{address}: signed out");
    }
}

fn path_of(address: &str) -> &str {
    address
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|start| &rest[start..]))
        .unwrap_or_default()
}

/// Two applications with one registration in Logto, beside each other under one origin.
#[rocket::async_test]
async fn g02_applications_at_two_paths_do_not_read_each_others_cookies() {
    let shop = "http://localhost:8000/shop";
    let blog = "http://localhost:8000/blog";
    let keys = |figment: Figment| figment.merge(("logto.cookie_keys", ["b5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4u"]));
    let tenant = super::tenant(&[shop, blog]).await;
    let serve = async |address: &'static str| {
        super::serve(&tenant, |figment| {
            keys(figment).merge(("logto.public_url", address)).merge(("logto.proxy_strips_path", true))
        })
        .await
    };
    let (first, second) = (serve(shop).await, serve(blog).await);
    let (browser, _) = sign_in(&tenant, &first, shop).await;
    let mut other = Browser::new(&second).below("/blog", true).holding(browser.jar.clone());
    assert!(other.open("/blog/known").await.location().starts_with("/blog/logto/sign-in?"));
    assert_eq!(other.jar, browser.jar, "and it removes none of them");
}
