//! The doctor against a tenant and an application where one thing after the other is wrong.

mod application;
mod own_routes;
mod storage;
mod tenant;

use logto_dev::Tenant;
use logto_dev::recorded::{ALICE, BOB, ROCKET_APP};
use logto_rocket::Logto;
use logto_rocket::doctor::{Check, CheckVerdict, DoctorReport};
use logto_tests::{App, settings};
use rocket::figment::Figment;

const COOKIE_KEY: &str = "0123456789abcdef-0123456789ABCDEF";
const SIGNING_KEY: &str = "signing-key-0123456789abcdef";
/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A tenant, a running application, and the settings of the application. All of it is right.
struct Setup {
    tenant: Tenant,
    figment: Figment,
    /// Its origin is in the settings.
    _app: App,
}

impl Setup {
    async fn start() -> Self {
        let tenant = Tenant::recorded().dev_pages(true).start().await.expect("a tenant");
        let figment = settings(&tenant)
            .merge(("logto.cookie_keys", [COOKIE_KEY]))
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.webhook_signing_keys", [SIGNING_KEY]))
            .merge(("logto.backchannel_logout", true));
        let app = App::serve(rocket::custom(figment.clone()).attach(Logto::fairing())).await;
        let origin = format!("http://{}", app.address());
        register(&tenant, &origin);
        let figment = figment.merge(("logto.public_url", origin));
        Setup { tenant, figment, _app: app }
    }

    fn with<V: rocket::serde::Serialize>(&self, setting: &str, value: V) -> Figment {
        self.figment.clone().merge((format!("logto.{setting}"), value))
    }
}

/// Settings for the recorded tenant whose application is registered and not running.
async fn not_running() -> (Tenant, Figment) {
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    register(&tenant, NOWHERE);
    let figment = settings(&tenant)
        .merge(("logto.cookie_keys", [COOKIE_KEY]))
        .merge(("logto.session_store", "cookie"))
        .merge(("logto.public_url", NOWHERE));
    (tenant, figment)
}

fn register(tenant: &Tenant, origin: &str) {
    let change = tenant.applications().change(ROCKET_APP.id, |application| {
        application
            .redirect_uri(format!("{origin}/logto/callback"))
            .post_logout_redirect_uri(format!("{origin}/"))
    });
    change.expect("the application is there");
}

async fn report_of(figment: &Figment) -> DoctorReport {
    let report = Logto::doctor(figment).await;
    let shown = format!("{report} {report:?}");
    for secret in [ROCKET_APP.secret, COOKIE_KEY, SIGNING_KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
    report
}

/// The checks that failed, by name.
fn failed(report: &DoctorReport) -> Vec<&'static str> {
    let failed = report.checks().iter().filter(|check| check.verdict == CheckVerdict::Failed);
    failed.map(|check| check.name).collect()
}

/// The only check that failed. It says all of `found`, and what to change says all of `fix`.
#[track_caller]
fn assert_only_failure(report: &DoctorReport, name: &str, found: &[&str], fix: &[&str]) {
    assert_eq!(failed(report), [name], "{report}");
    let check = report.named(name).find(|check| check.verdict == CheckVerdict::Failed).expect("a failure");
    assert_says(check, found, fix);
}

#[track_caller]
fn assert_says(check: &Check, found: &[&str], fix: &[&str]) {
    let advice = check.fix.as_deref().unwrap_or_default();
    for text in found {
        assert!(check.found.contains(text), "{text}: {check:?}");
    }
    for text in fix {
        assert!(advice.contains(text), "{text}: {check:?}");
    }
}

/// The one check with this name.
#[track_caller]
fn one<'r>(report: &'r DoctorReport, name: &'r str) -> &'r Check {
    let mut checks = report.named(name);
    match (checks.next(), checks.next()) {
        (Some(check), None) => check,
        other => panic!("{name}: {other:?}\n{report}"),
    }
}

#[rocket::async_test]
async fn all_is_well() {
    let setup = Setup::start().await;
    let report = report_of(&setup.figment).await;
    assert!(report.passed(), "{report}");
    // The only warnings: the application of this test is on a loopback address.
    assert_eq!(report.count(CheckVerdict::Warning), 2, "{report}");
    for name in [
        "settings",
        "cookie_keys",
        "session_store",
        "discovery",
        "keys",
        "app_secret",
        "redirect_uri",
        "resources",
        "post_sign_out_url",
        "account_api",
        "clock",
        "public_url",
    ] {
        assert_eq!(one(&report, name).verdict, CheckVerdict::Ok, "{report}");
    }
    for name in ["webhook", "backchannel_logout"] {
        let verdicts: Vec<_> = report.named(name).map(|check| check.verdict).collect();
        let expected = [CheckVerdict::Ok, CheckVerdict::Warning, CheckVerdict::NotChecked];
        assert_eq!(verdicts, expected, "{report}");
    }
    // What only a sign-in shows is said, and how to find out.
    for name in ["scopes", "refresh_token"] {
        let check = one(&report, name);
        assert_eq!(check.verdict, CheckVerdict::NotChecked, "{report}");
        assert!(check.fix.as_deref().unwrap_or_default().contains("sign in"), "{check:?}");
    }
}

#[rocket::async_test]
async fn the_checks_are_few_and_sign_nobody_in_and_change_no_configuration() {
    let setup = Setup::start().await;
    let people = people(&setup.tenant).await;
    setup.tenant.journal().clear();
    let before = setup.tenant.keys().jwks();
    report_of(&setup.figment).await;
    let entries = setup.tenant.journal().entries();
    assert!(entries.len() <= 12, "{} requests", entries.len());
    for entry in &entries {
        assert!(entry.header("cookie").is_none() && entry.header("origin").is_none(), "{entry:?}");
        let response = entry.response.as_ref().expect("the tenant records responses");
        let issued = response.body.as_deref().unwrap_or_default();
        let location = response.headers.iter().filter(|(name, _)| name == "location");
        let location: String = location.map(|(_, value)| value.as_str()).collect();
        // No token was issued, and no code.
        assert!(!issued.contains("_token\":"), "{entry:?}");
        assert!(!location.contains("code="), "{entry:?}");
    }
    // As many sessions and grants of everybody as before.
    assert_eq!(self::people(&setup.tenant).await, people);
    assert_eq!(setup.tenant.keys().jwks(), before);
    assert!(setup.tenant.logout_deliveries().is_empty());
}

/// What the tenant's page says of each person: among others how many sessions and grants there are.
async fn people(tenant: &Tenant) -> Vec<String> {
    let mut pages = Vec::new();
    for user in [ALICE, BOB] {
        let url = format!("{}/dev/people?user={user}", tenant.endpoint());
        let page = reqwest::get(url).await.expect("a response").text().await.expect("a page");
        let counts = page.split_once("Sessions and grants").expect("the page counts them").1;
        pages.push(counts.split_once("</dd>").expect("a definition").0.to_owned());
    }
    pages
}

#[rocket::async_test]
async fn every_wrong_setting_is_named_at_once() {
    let (_tenant, figment) = not_running().await;
    let figment = figment
        .merge(("logto.endpoint", "my-tenant"))
        .merge(("logto.app_secrt", "hunter2"))
        .merge(("logto.session_idle", "soon"))
        .merge(("logto.cookie_keys", ["hunter2"]));
    let report = report_of(&figment).await;
    assert_eq!(failed(&report), ["settings"; 4], "{report}");
    let text = report.to_string();
    for part in ["endpoint: ", "session_idle: ", "cookie_keys: ", "did you mean `app_secret`?"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(one(&report, "tenant").verdict, CheckVerdict::NotChecked);
}

#[rocket::async_test]
async fn a_setting_that_is_probably_a_mistake_is_a_warning() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.prompt", "login"))).await;
    assert!(report.passed(), "{report}");
    let warnings = report.named("settings").filter(|check| check.verdict == CheckVerdict::Warning).count();
    assert_eq!(warnings, 1, "{report}");
    let check = one(&report, "refresh_token");
    assert_eq!(check.verdict, CheckVerdict::Warning);
    assert_says(check, &["prompt=login", "offline_access"], &["login consent"]);
}
