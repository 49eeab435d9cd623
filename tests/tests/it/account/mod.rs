//! The user's account at Logto, through Logto's Account API.

mod app;
mod errors;
mod pages;
mod profile;
mod provider_tokens;
mod sessions;
mod storefront;
mod storefront_factors;
mod tokens;
mod verification;

use logto_dev::{AccountCenter, Tenant, TenantBuilder};
use logto_rocket::{Clock, Logto};
use logto_tests::{Answer, App, Ask, Bench, Browser, ORIGIN, settings};
use rocket::figment::Figment;

pub(crate) const PASSWORD: &str = "Alice-Pass-2026";
pub(crate) const SESSIONS: &str = "urn:logto:scope:sessions";
/// Every scope that a part of the account needs.
pub(crate) const SCOPES: [&str; 7] =
    ["email", "phone", "address", "custom_data", "identities", SESSIONS, "roles"];

/// The application of this suite, with a tenant whose account center lets users change everything.
pub(crate) async fn bench() -> Bench {
    bench_of(Tenant::recorded().account_center(AccountCenter::editable()), &SCOPES).await
}

/// The same with another tenant, and other scopes.
pub(crate) async fn bench_of(tenant: TenantBuilder, scopes: &[&str]) -> Bench {
    bench_with(tenant, |figment| figment.merge(("logto.scopes", scopes))).await
}

pub(crate) async fn bench_with(tenant: TenantBuilder, change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = tenant.start().await.unwrap();
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let app = App::serve(app::rocket(change(settings(&tenant)), fairing)).await;
    Bench { tenant, app }.warm().await
}

/// Sends a form of the application.
pub(crate) async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let form: String =
        reqwest::Url::parse_with_params("http://x/", fields).unwrap().query().unwrap_or("").to_owned();
    let ask = Ask::post(path).script().header("origin", ORIGIN);
    browser.send(ask.body("application/x-www-form-urlencoded", form)).await
}

/// Confirms the password of alice.
pub(crate) async fn confirmed(browser: &mut Browser) {
    assert_eq!(post(browser, "/confirm", &[("password", PASSWORD)]).await.status, 200);
}

pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}
