//! The tenant cannot be reached, is another one, or has another time.

use std::time::Duration;

use logto_dev::{AccountCenter, AccountField, Endpoint, Fault, FieldControl};
use logto_rocket::Logto;
use logto_rocket::doctor::CheckVerdict;
use logto_tests::App;

use super::{Setup, assert_only_failure, assert_says, failed, not_running, one, report_of};

#[rocket::async_test]
async fn a_tenant_that_cannot_be_reached() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.endpoint", "http://127.0.0.1:1"))).await;
    assert_only_failure(&report, "discovery", &["http://127.0.0.1:1", "no connection"], &["`endpoint`"]);
    assert_eq!(one(&report, "tenant").verdict, CheckVerdict::NotChecked);
    // What needs no tenant is checked all the same.
    assert_eq!(one(&report, "cookie_keys").verdict, CheckVerdict::Ok);
}

#[rocket::async_test]
async fn an_address_that_is_no_tenant() {
    let (_tenant, figment) = not_running().await;
    let other = App::serve(rocket::custom(logto_tests::rocket_settings())).await;
    let figment = figment.merge(("logto.endpoint", format!("http://{}", other.address())));
    let report = report_of(&figment).await;
    assert_only_failure(&report, "discovery", &["status 404"], &["my-tenant.logto.app"]);
}

#[rocket::async_test]
async fn a_tenant_with_another_issuer() {
    let (tenant, figment) = not_running().await;
    let url = format!("{}/.well-known/openid-configuration", tenant.issuer());
    let document = reqwest::get(url).await.expect("a response").text().await.expect("a document");
    let named = |issuer: &str| format!("\"issuer\":\"{issuer}\"");
    let moved = document.replacen(&named(&tenant.issuer()), &named("https://auth.example.com/oidc"), 1);
    assert_ne!(document, moved);
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, moved));
    let report = report_of(&figment).await;
    assert_only_failure(
        &report,
        "discovery",
        &["https://auth.example.com/oidc"],
        &["endpoint = \"https://auth.example.com\""],
    );
}

#[rocket::async_test]
async fn a_tenant_that_is_down_or_answers_nonsense() {
    for (fault, found) in [(Fault::Status(503), "status 503"), (Fault::Garbage, "malformed")] {
        let (tenant, figment) = not_running().await;
        tenant.faults().on(Endpoint::Discovery).fault(fault);
        assert_only_failure(&report_of(&figment).await, "discovery", &[found], &["check"]);
    }
}

#[rocket::async_test]
async fn a_tenant_that_hangs_is_waited_for_in_bounds() {
    let (tenant, figment) = not_running().await;
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Hang);
    let report = report_of(&figment.merge(("logto.request_timeout", "200ms"))).await;
    assert_only_failure(&report, "discovery", &["timed out"], &["Logto is running"]);
}

#[rocket::async_test]
async fn a_key_set_without_a_usable_key() {
    let (tenant, figment) = not_running().await;
    let empty = Fault::StatusWithBody(200, r#"{"keys":[]}"#.to_owned());
    tenant.faults().on(Endpoint::Jwks).fault(empty);
    assert_only_failure(&report_of(&figment).await, "keys", &["no key that can verify"], &["Logto itself"]);
}

#[rocket::async_test]
async fn a_clock_that_is_wrong() {
    for (seconds, verdict) in [(3_600, CheckVerdict::Failed), (30, CheckVerdict::Warning)] {
        let (tenant, figment) = not_running().await;
        tenant.clock().advance(Duration::from_secs(seconds));
        let report = report_of(&figment).await;
        let check = one(&report, "clock");
        assert_eq!(check.verdict, verdict, "{report}");
        assert_says(check, &["ahead of this server's"], &["synchronize"]);
    }
    let (tenant, figment) = not_running().await;
    tenant.clock().turn_back(Duration::from_secs(3_600));
    let report = report_of(&figment).await;
    assert!(report.passed(), "{report}");
    let check = one(&report, "clock");
    assert_eq!(check.verdict, CheckVerdict::Warning, "{report}");
    assert_says(check, &["behind this server's", "logout tokens"], &["NTP"]);
}

#[rocket::async_test]
async fn an_account_api_that_is_off_fails_where_it_is_wanted() {
    let setup = Setup::start().await;
    assert!(one(&report_of(&setup.figment).await, "account_api").found.contains("is off"));
    let wanted = Logto::doctor(&setup.figment).account_api().await;
    assert_only_failure(&wanted, "account_api", &["is off", "User::account"], &["console"]);
    setup.tenant.set_account_center(AccountCenter::editable());
    let wanted = Logto::doctor(&setup.figment).account_api().await;
    assert_eq!(one(&wanted, "account_api").found, "the Account API is on", "{wanted}");

    setup.tenant.set_account_center(AccountCenter::enabled());
    let wanted = Logto::doctor(&setup.figment).account_api().await;
    let check = one(&wanted, "account_api");
    assert_eq!(check.verdict, CheckVerdict::Warning, "{wanted}");
    assert_says(check, &["none of its fields"], &["ReadOnly or Edit"]);
    let readable = AccountCenter::enabled().field(AccountField::Name, FieldControl::ReadOnly);
    setup.tenant.set_account_center(readable);
    let wanted = Logto::doctor(&setup.figment).account_api().await;
    assert_eq!(one(&wanted, "account_api").verdict, CheckVerdict::Ok, "{wanted}");
}

#[rocket::async_test]
async fn pushed_requests_are_looked_for_where_they_are_wanted() {
    let (tenant, figment) = not_running().await;
    let wanted = figment.clone().merge(("logto.par", "required"));
    assert_eq!(one(&report_of(&wanted).await, "par").verdict, CheckVerdict::Ok);
    assert_eq!(report_of(&figment).await.named("par").count(), 0);

    let url = format!("{}/.well-known/openid-configuration", tenant.issuer());
    let document = reqwest::get(url).await.expect("a response").text().await.expect("a document");
    let without = document.replacen("\"pushed_authorization_request_endpoint\"", "\"x\"", 1);
    assert_ne!(document, without);
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, without));
    assert_only_failure(&report_of(&wanted).await, "par", &["nobody can sign in"], &["auto"]);
    let auto = report_of(&figment.merge(("logto.par", "auto"))).await;
    assert_eq!(one(&auto, "par").verdict, CheckVerdict::Warning);
    assert!(failed(&auto).is_empty(), "{auto}");
}
