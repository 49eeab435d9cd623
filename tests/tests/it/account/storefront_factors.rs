//! The storefront's pages about second factors.

use std::time::Duration;

use logto_dev::{AccountCenter, AccountField, Endpoint, FieldControl, MfaFactor, Tenant, TenantBuilder};
use logto_tests::{Answer, App, Ask, Bench, Browser, ORIGIN, settings};

use super::PASSWORD;

const LIST: &str = "/account/factors";
const APP: &str = "/account/factors/authenticator-app";
const CODES: &str = "/account/factors/backup-codes";
/// A code of five digits, which no app shows.
const WRONG: &str = "code=12345";

fn tenant() -> TenantBuilder {
    Tenant::recorded().account_center(AccountCenter::editable().enables_mfa())
}

async fn bench_of(tenant: TenantBuilder) -> Bench {
    let tenant = tenant.start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

async fn send(browser: &mut Browser, path: &str, body: &str) -> Answer {
    let ask = Ask::post(path).navigation().header("origin", ORIGIN);
    let answer = browser.send(ask.body("application/x-www-form-urlencoded", body)).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    answer
}

/// Sends a form, and returns where it leads.
async fn submit(browser: &mut Browser, path: &str, body: &str) -> String {
    send(browser, path, body).await.location().to_owned()
}

/// Sends a form that leads to the list, and returns the list.
async fn listed_after(browser: &mut Browser, path: &str, body: &str) -> String {
    assert_eq!(submit(browser, path, body).await, LIST);
    open(browser, LIST).await
}

/// A page, which no cache may keep.
async fn open(browser: &mut Browser, path: &str) -> String {
    let page = browser.open(path).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{page:?}");
    page.body
}

async fn confirm(browser: &mut Browser) {
    let page = listed_after(browser, &format!("{LIST}/confirm"), &format!("password={PASSWORD}")).await;
    assert!(!page.contains("Enter your password"), "{page}");
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

fn secret_in(page: &str) -> String {
    between(page, "<code id=\"secret\">", "</code>")[0].to_owned()
}

fn codes_in(page: &str) -> Vec<String> {
    between(page, "<li><code>", "</code></li>").into_iter().map(str::to_owned).collect()
}

/// The path that removes what the button names.
fn removal(page: &str, button: &str) -> String {
    let forms = between(page, "<form method=\"post\" action=\"", "</form>");
    let form =
        forms.iter().find(|form| form.contains(button)).unwrap_or_else(|| panic!("{button} in {page}"));
    form.split('"').next().unwrap().to_owned()
}

/// Signed in as alice, with the password just entered and the page with the secret open.
async fn at_the_secret(bench: &Bench) -> (Browser, String) {
    let mut alice = bench.signed_in("alice").await;
    confirm(&mut alice).await;
    assert_eq!(submit(&mut alice, APP, "").await, APP);
    let secret = secret_in(&open(&mut alice, APP).await);
    (alice, secret)
}

fn code_of(bench: &Bench, secret: &str) -> String {
    bench.tenant.totp_code(secret).expect("a secret in Base32")
}

#[rocket::async_test]
async fn a_user_sets_factors_up_and_removes_them() {
    let bench = bench_of(tenant()).await;
    let mut alice = bench.signed_in("alice").await;
    assert!(open(&mut alice, "/account").await.contains("href=\"/account/factors\""));
    let page = open(&mut alice, LIST).await;
    assert!(page.contains("Nothing yet.") && page.contains("Enter your password"), "{page}");
    let confirmation = format!("{LIST}/confirm");
    let page = listed_after(&mut alice, &confirmation, "password=wrong").await;
    assert!(page.contains("The password is wrong.") && page.contains("Enter your password"), "{page}");
    confirm(&mut alice).await;

    // The authenticator app.
    assert_eq!(submit(&mut alice, APP, "").await, APP);
    let page = open(&mut alice, APP).await;
    let secret = secret_in(&page);
    let link = format!("otpauth://totp/Teahouse:alice%40example%2Ecom?secret={secret}&amp;issuer=Teahouse");
    assert!(secret.len() == 32 && page.contains(&format!("href=\"{link}\"")), "{page}");
    assert!(page.contains("<svg class=\"qr-code\""), "{page}");
    assert_eq!(submit(&mut alice, &format!("{APP}/confirm"), WRONG).await, APP);
    let page = open(&mut alice, APP).await;
    assert!(page.contains("The code is wrong.") && secret_in(&page) == secret, "{page}");
    let code = code_of(&bench, &secret);
    // In two groups, as apps show it.
    let form = format!("code={}+{}", &code[..3], &code[3..]);
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("The authenticator app is set up."), "{page}");
    assert!(!page.contains(&secret), "{page}");
    assert_eq!(alice.open(APP).await.location(), LIST, "the secret is not shown any more");
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("There is nothing to confirm."), "{page}");

    // Backup codes.
    let shown = send(&mut alice, CODES, "").await;
    let codes = codes_in(&shown.body);
    assert_eq!((shown.status, codes.len()), (200, 10), "{shown:?}");
    let page = open(&mut alice, LIST).await;
    assert!(page.contains("do not work yet") && !codes.iter().any(|code| page.contains(code)), "{page}");
    assert_eq!(alice.open(CODES).await.status, 404, "the codes have no address");
    let page = listed_after(&mut alice, &format!("{CODES}/confirm"), "").await;
    assert!(page.contains("The backup codes are set up.") && page.contains("10 left, none used"), "{page}");
    assert!(!codes.iter().any(|code| page.contains(code)), "{page}");
    let page = listed_after(&mut alice, &format!("{CODES}/confirm"), "").await;
    assert!(page.contains("There is nothing to confirm."), "{page}");

    // Another browser sees them, and changes nothing without the password.
    let mut elsewhere = bench.signed_in("alice").await;
    let theirs = open(&mut elsewhere, LIST).await;
    assert!(theirs.contains("Your authenticator app") && theirs.contains("10 left"), "{theirs}");
    assert!(!theirs.contains("/remove") && !theirs.contains("none used"), "{theirs}");
    let app = removal(&page, "Remove the authenticator app");
    assert!(listed_after(&mut elsewhere, &app, "").await.contains("Enter your password again."));

    let page = listed_after(&mut alice, &app, "").await;
    assert!(page.contains("The factor is removed.") && !page.contains("the authenticator app<"), "{page}");
    let page = listed_after(&mut alice, &removal(&page, "Remove the backup codes"), "").await;
    assert!(page.contains("Nothing yet."), "{page}");
    let page = listed_after(&mut alice, &app, "").await;
    assert!(page.contains("There is no such factor any more."), "{page}");
}

#[rocket::async_test]
async fn nothing_begins_without_the_password() {
    let bench = bench_of(tenant()).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.open(APP).await.location(), LIST);
    for (path, body) in [(APP, ""), (CODES, ""), ("/account/factors/some-id/remove", "")] {
        let page = listed_after(&mut alice, path, body).await;
        assert!(page.contains("Enter your password again.") && codes_in(&page).is_empty(), "{path}: {page}");
    }
    for path in [format!("{APP}/confirm"), format!("{CODES}/confirm")] {
        let page = listed_after(&mut alice, &path, WRONG).await;
        assert!(page.contains("There is nothing to confirm."), "{path}: {page}");
    }
    let calls = bench.tenant.journal().of(Endpoint::AccountApi);
    assert!(calls.iter().all(|call| call.method == "GET"), "nothing but the list was asked for: {calls:?}");
}

#[rocket::async_test]
async fn a_proof_that_has_expired_at_logto_is_asked_for_again() {
    let bench = bench_of(tenant()).await;
    let (mut alice, secret) = at_the_secret(&bench).await;
    bench.tenant.clock().advance(Duration::from_secs(601));
    let form = format!("code={}", code_of(&bench, &secret));
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("Enter your password again.") && page.contains("name=\"password\""), "{page}");
    assert_eq!(alice.open(APP).await.location(), LIST, "the secret is behind the password");
    confirm(&mut alice).await;
    assert_eq!(secret_in(&open(&mut alice, APP).await), secret, "the app has it already");
    let form = format!("code={}", code_of(&bench, &secret));
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("The authenticator app is set up."), "{page}");
}

#[rocket::async_test]
async fn each_beginning_has_a_secret_of_its_own_and_a_second_app_is_refused() {
    let bench = bench_of(tenant()).await;
    let (mut alice, first) = at_the_secret(&bench).await;
    assert_eq!(submit(&mut alice, APP, "").await, APP);
    let second = secret_in(&open(&mut alice, APP).await);
    assert_ne!(first, second);

    let with_app = bench_of(tenant().change_user("alice", |alice| alice.mfa_factor(MfaFactor::Totp))).await;
    let (mut alice, secret) = at_the_secret(&with_app).await;
    let page = open(&mut alice, LIST).await;
    assert!(
        page.contains("You can have one.") && !page.contains("action=\"/account/factors/authenticator-app\""),
        "{page}"
    );
    let form = format!("code={}", code_of(&with_app, &secret));
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("You have set up such a factor already."), "{page}");
}

#[rocket::async_test]
async fn the_secret_is_in_no_cookie_and_in_no_address() {
    let bench = bench_of(tenant()).await;
    let (mut alice, secret) = at_the_secret(&bench).await;
    let cookies = format!("{:?}", alice.jar.0);
    assert!(!cookies.contains(&secret), "{cookies}");
    submit(&mut alice, &format!("{APP}/confirm"), &format!("code={}", code_of(&bench, &secret))).await;
    let codes = codes_in(&send(&mut alice, CODES, "").await.body);
    let cookies = format!("{:?}", alice.jar.0);
    assert!(codes.iter().all(|code| !cookies.contains(code)), "{cookies}");
    // Another user in the same browser has nothing of it.
    alice.sign_in(&bench.tenant, "carol").await;
    let page = open(&mut alice, LIST).await;
    assert!(page.contains("Enter your password") && !page.contains("do not work yet"), "{page}");
    assert_eq!(alice.open(APP).await.location(), LIST);
}

#[rocket::async_test]
async fn a_tenant_that_uses_no_factors_is_told() {
    let bench = bench_of(Tenant::recorded().account_center(AccountCenter::editable())).await;
    let (mut alice, secret) = at_the_secret(&bench).await;
    let form = format!("code={}", code_of(&bench, &secret));
    let page = listed_after(&mut alice, &format!("{APP}/confirm"), &form).await;
    assert!(page.contains("The shop does not use this factor."), "{page}");

    let hidden = AccountCenter::editable().field(AccountField::Mfa, FieldControl::Off);
    let bench = bench_of(Tenant::recorded().account_center(hidden)).await;
    let mut alice = bench.signed_in("alice").await;
    let page = alice.open(LIST).await;
    assert_eq!((page.status, page.code().as_str()), (403, "account_field_not_enabled"), "{page:?}");
    assert!(page.body.contains("Back to your account"), "{page:?}");
}

#[rocket::async_test]
async fn strangers_and_other_sites_change_nothing() {
    let bench = bench_of(tenant().change_user("alice", |alice| alice.mfa_factor(MfaFactor::Totp))).await;
    for path in [LIST, APP] {
        let page = bench.browser().open(path).await;
        assert!(page.location().starts_with("/logto/sign-in?"), "{page:?}");
    }
    let mut alice = bench.signed_in("alice").await;
    confirm(&mut alice).await;
    let page = open(&mut alice, LIST).await;
    let remove = removal(&page, "Remove the authenticator app");
    for path in [
        remove.as_str(),
        APP,
        CODES,
        &format!("{APP}/confirm"),
        &format!("{CODES}/confirm"),
        &format!("{LIST}/confirm"),
    ] {
        let forged = Ask::post(path)
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "navigate")
            .header("origin", "https://evil.example")
            .body("application/x-www-form-urlencoded", WRONG);
        assert_eq!(alice.send(forged).await.status, 403, "{path}");
    }
    assert!(open(&mut alice, LIST).await.contains("Remove the authenticator app"));
}
