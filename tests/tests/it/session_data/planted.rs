//! Cookies that are invented, changed, or put into a browser by somebody else.

use logto_dev::Tenant;
use logto_dev::recorded::ROCKET_APP;
use logto_tests::{Ask, Bench, Browser};

use super::app::{SessionBackend, items, put, visitor_cookie};

const SECURE: &str = "https://shop.example.com";

fn with(browser: &Browser, cookies: &[(&str, &str)]) -> Browser {
    let mut browser = browser.clone();
    browser.jar.0.extend(cookies.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    browser
}

#[rocket::async_test]
async fn what_is_no_cookie_of_ours_is_an_empty_cart() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut owner = bench.browser();
        put(&mut owner, "tea").await;
        let (name, value) = visitor_cookie(&owner).unwrap();
        let session = bench.signed_in("alice").await.jar.session();
        let (_, of_session) = session.first_key_value().unwrap();
        let changed = format!("{}{}", if value.starts_with('A') { 'B' } else { 'A' }, &value[1..]);
        let long = "A".repeat(3_000);
        for forged in ["", "x", "%00", &changed, &value[1..], &long, of_session.as_str()] {
            let mut browser = with(&bench.browser(), &[(&name, forged)]);
            assert!(items(&mut browser).await.is_empty(), "{} {forged}", backend.name());
            assert_eq!(visitor_cookie(&browser), None, "{} {forged}: removed", backend.name());
            let mut browser = with(&bench.browser(), &[(&name, forged)]);
            put(&mut browser, "milk").await;
            let (_, fresh) = visitor_cookie(&browser).unwrap();
            assert_ne!(fresh, forged, "{}: a session has a value of its own", backend.name());
            assert_eq!(items(&mut browser).await, ["milk"], "{} {forged}", backend.name());
        }
        assert_eq!(items(&mut owner).await, ["tea"], "{}", backend.name());
    }
}

/// A visitor's cookie is no session cookie, and a session cookie is no visitor's.
#[rocket::async_test]
async fn a_visitors_cookie_under_the_name_of_a_session_signs_nobody_in() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let (name, value) = visitor_cookie(&visitor).unwrap();
        let base = name.strip_suffix("_visitor").unwrap();
        for (suffix, value) in
            [("id", value.clone()), ("0", value.clone()), ("0", format!("AAAAAAAA.1.{value}"))]
        {
            let mut forged = with(&bench.browser(), &[(&format!("{base}.{suffix}"), &value)]);
            assert_eq!(forged.fetch("/known").await.status, 401, "{} {suffix}", backend.name());
        }
    }
}

/// Somebody plants their own cookie in another browser. Whoever signs in there has a session of their own afterwards:
/// the one who planted the cookie sees nothing of it.
#[rocket::async_test]
async fn a_planted_cookie_leads_to_no_session_of_a_user() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut attacker = bench.browser();
        put(&mut attacker, "planted").await;
        let (name, value) = visitor_cookie(&attacker).unwrap();
        let mut victim = with(&bench.browser(), &[(&name, &value)]);
        victim.sign_in(&bench.tenant, "alice").await;
        put(&mut victim, "private").await;
        assert_eq!(items(&mut victim).await, ["planted", "private"], "{}", backend.name());
        assert!(items(&mut attacker).await.is_empty(), "{}: over", backend.name());
        assert_eq!(attacker.fetch("/known").await.status, 401, "{}", backend.name());
        let late = with(&bench.browser(), &[(&name, &value)]).send(Ask::post("/cart/more").script()).await;
        assert_eq!(late.code(), "session_ended", "{}", backend.name());
        assert_eq!(items(&mut victim).await, ["planted", "private"], "{}", backend.name());
    }
}

/// Over https the name has the prefix that no other host can set.
#[rocket::async_test]
async fn no_other_host_can_set_the_cookie_over_https() {
    let tenant = Tenant::recorded()
        .application_redirect(ROCKET_APP.id, format!("{SECURE}/logto/callback"), format!("{SECURE}/"))
        .start()
        .await
        .unwrap();
    for backend in [SessionBackend::Cookies, SessionBackend::Memory] {
        let app = backend.serve(&tenant, |figment| figment.merge(("logto.public_url", SECURE))).await;
        let mut visitor = Browser::new(&app).under("shop.example.com");
        let answer = visitor.send(Ask::post("/cart/tea").header("origin", SECURE)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (name, value) = visitor_cookie(&visitor).unwrap();
        assert!(name.starts_with("__Host-logto_"), "{name}");
        for disguise in [
            name.replace("__Host-", ""),
            name.replace("__Host-", "__host-"),
            name.replace("__Host-", "__Secure-"),
            format!("\u{2000}{name}"),
            format!("%5F%5FHost-{}", name.strip_prefix("__Host-").unwrap()),
        ] {
            let ask = Ask::get("/cart").header("cookie", format!("{disguise}={value}"));
            let answer = Browser::new(&app).under("shop.example.com").send(ask).await;
            assert_eq!(answer.body, "[]", "{disguise}");
        }
    }
}

/// On http another host may have put a cookie of the same name in front.
#[rocket::async_test]
async fn a_second_cookie_of_the_name_does_not_hide_the_first() {
    for backend in SessionBackend::all().await {
        let bench: Bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let (name, value) = visitor_cookie(&visitor).unwrap();
        let cookies = format!("{name}=invented; {name}={value}");
        let answer = bench.call(Ask::get("/cart").header("cookie", cookies)).await;
        assert_eq!(answer.body, r#"["tea"]"#, "{}", backend.name());
    }
}
