//! The running application is not where its settings say, or is set up otherwise.

use logto_rocket::Logto;
use logto_rocket::doctor::CheckVerdict;
use logto_tests::{App, rocket_settings, settings};

use super::{COOKIE_KEY, SIGNING_KEY, Setup, assert_says, failed, not_running, one, register, report_of};

#[rocket::async_test]
async fn an_application_that_is_not_running() {
    let (_tenant, figment) = not_running().await;
    let figment = figment
        .merge(("logto.webhook_signing_keys", [SIGNING_KEY]))
        .merge(("logto.backchannel_logout", true));
    let report = report_of(&figment).await;
    assert!(report.passed(), "{report}");
    let check = one(&report, "public_url");
    assert_eq!(check.verdict, CheckVerdict::Warning);
    assert_says(check, &["no connection", "may not be running"], &["start the application"]);
    for name in ["webhook", "backchannel_logout"] {
        assert_eq!(one(&report, name).verdict, CheckVerdict::NotChecked, "{report}");
    }
}

#[rocket::async_test]
async fn another_application_at_the_public_address() {
    let (tenant, figment) = not_running().await;
    let other = App::serve(rocket::custom(rocket_settings())).await;
    let origin = format!("http://{}", other.address());
    register(&tenant, &origin);
    let figment =
        figment.merge(("logto.public_url", origin)).merge(("logto.webhook_signing_keys", [SIGNING_KEY]));
    let report = report_of(&figment).await;
    assert_eq!(failed(&report), ["public_url", "webhook"], "{report}");
    assert_says(one(&report, "public_url"), &["status 404"], &["`prefix`", "proxy"]);
    let webhook = report.named("webhook").find(|check| check.verdict == CheckVerdict::Failed);
    assert_says(webhook.expect("a failure"), &["status 404"], &["webhook_signing_keys"]);
}

/// The application runs with older settings, without webhooks and logout tokens.
#[rocket::async_test]
async fn routes_that_logto_calls_are_not_mounted() {
    let (tenant, figment) = not_running().await;
    let running = settings(&tenant).merge(("logto.cookie_keys", [COOKIE_KEY]));
    let app = App::serve(rocket::custom(running).attach(Logto::fairing())).await;
    let origin = format!("http://{}", app.address());
    register(&tenant, &origin);
    let figment = figment
        .merge(("logto.public_url", origin))
        .merge(("logto.webhook_signing_keys", [SIGNING_KEY]))
        .merge(("logto.backchannel_logout", true));
    let report = report_of(&figment).await;
    assert_eq!(failed(&report), ["backchannel_logout", "webhook"], "{report}");
    assert_eq!(one(&report, "public_url").verdict, CheckVerdict::Ok);
}

/// Logto is elsewhere, as far as its address tells, and this application is on a loopback address.
#[rocket::async_test]
async fn an_address_that_logto_cannot_reach_is_warned_of() {
    let setup = Setup::start().await;
    let figment = setup
        .with("internal_endpoint", setup.tenant.endpoint())
        .merge(("logto.endpoint", "https://tenant.logto.invalid"));
    // The tenant knows itself under another name.
    let url = format!("{}/.well-known/openid-configuration", setup.tenant.issuer());
    let document = reqwest::get(url).await.expect("a response").text().await.expect("a document");
    let public = document.replace(setup.tenant.endpoint(), "https://tenant.logto.invalid");
    let discovery = setup.tenant.faults().on(logto_dev::Endpoint::Discovery);
    discovery.fault(logto_dev::Fault::StatusWithBody(200, public));
    let report = report_of(&figment).await;
    assert!(report.passed(), "{report}");
    for name in ["webhook", "backchannel_logout"] {
        let warning = report.named(name).find(|check| check.verdict == CheckVerdict::Warning);
        assert_says(warning.unwrap_or_else(|| panic!("{report}")), &["cannot reach"], &["public address"]);
    }
}

/// Both are on this machine. Logto refuses to call such addresses wherever it runs.
#[rocket::async_test]
async fn a_private_address_is_warned_of_wherever_logto_is() {
    let setup = Setup::start().await;
    let report = report_of(&setup.figment).await;
    for name in ["webhook", "backchannel_logout"] {
        let find = |verdict| report.named(name).find(move |check| check.verdict == verdict);
        let warning = find(CheckVerdict::Warning).unwrap_or_else(|| panic!("{report}"));
        assert_says(warning, &["loopback or private"], &["OIDC_PROVIDER_SSRF_PROTECTION_DISABLED"]);
        let unknown = find(CheckVerdict::NotChecked).unwrap_or_else(|| panic!("{report}"));
        assert_says(unknown, &["is registered in Logto", "can reach it"], &["compare"]);
    }
}
