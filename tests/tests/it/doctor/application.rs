//! What is registered for the application is something else. The responses of the tenant are those of recordings
//! (`logto-dev/tests/wire`): 05 and 27 for credentials, 13 for addresses and resources, 12 for sign-outs, 09 for machines,
//! 32 for scopes.

use std::time::SystemTime;

use logto_dev::recorded::{M2M_APP, OTHER_API, ROCKET_APP, SHOPPING_API, THIRD_PARTY_APP};
use logto_dev::{Application, Endpoint, Fault, Tenant};
use logto_rocket::doctor::CheckVerdict;
use logto_tests::{rocket_settings, settings};
use rocket::figment::Figment;

use super::{NOWHERE, assert_only_failure, assert_says, failed, not_running, one, report_of};

const WRONG: &str = "hunter2-hunter2-hunter2-hunter2";

#[rocket::async_test]
async fn a_wrong_secret() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.app_secret", WRONG))).await;
    assert_only_failure(
        &report,
        "app_secret",
        &[ROCKET_APP.id, "refused the secret"],
        &["`app_secret_file`"],
    );
    assert!(!report.to_string().contains(WRONG), "{report}");
    // The addresses are checked all the same.
    assert_eq!(one(&report, "redirect_uri").verdict, CheckVerdict::Ok);
}

#[rocket::async_test]
async fn a_secret_that_has_expired() {
    let (tenant, figment) = not_running().await;
    let change = tenant
        .applications()
        .change(ROCKET_APP.id, |application| application.secret_until(WRONG, SystemTime::UNIX_EPOCH));
    change.expect("the application");
    let report = report_of(&figment.merge(("logto.app_secret", WRONG))).await;
    assert_only_failure(&report, "app_secret", &["has expired"], &["another secret"]);
}

#[rocket::async_test]
async fn an_unknown_application() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.app_id", "nosuchclient"))).await;
    assert_only_failure(
        &report,
        "app_secret",
        &["has no application `nosuchclient`"],
        &["`app_id`", "`endpoint`"],
    );
    assert_eq!(one(&report, "redirect_uri").verdict, CheckVerdict::NotChecked);
}

#[rocket::async_test]
async fn a_machine_to_machine_application_in_place_of_a_web_application() {
    let (_tenant, figment) = not_running().await;
    let figment = figment.merge(("logto.app_id", M2M_APP.id)).merge(("logto.app_secret", M2M_APP.secret));
    let report = report_of(&figment).await;
    let check = one(&report, "app_secret");
    assert_eq!(check.verdict, CheckVerdict::Failed, "{report}");
    assert_says(check, &["is not a traditional web application"], &["`app_id` and `app_secret`"]);
}

#[rocket::async_test]
async fn a_redirect_uri_that_is_not_registered() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.callback_path", "/auth/callback"))).await;
    let uri = format!("{NOWHERE}/auth/callback is not registered");
    assert_only_failure(&report, "redirect_uri", &[&uri], &["redirect URIs", "`public_url`"]);
    assert_eq!(one(&report, "resources").verdict, CheckVerdict::NotChecked);
}

#[rocket::async_test]
async fn one_of_several_addresses_is_not_registered() {
    let (_tenant, figment) = not_running().await;
    let settings = figment.extract_inner::<rocket::figment::value::Dict>("logto").expect("settings");
    let settings = settings.into_iter().filter(|(name, _)| name != "public_url");
    let settings: rocket::figment::value::Dict = settings.collect();
    let figment = rocket_settings()
        .merge(("logto", settings))
        .merge(("logto.public_urls", [NOWHERE, "http://127.0.0.1:2"]));
    let report = report_of(&figment).await;
    assert_eq!(failed(&report), ["redirect_uri", "post_sign_out_url"], "{report}");
    let wrong = report.checks().iter().filter(|check| check.verdict == CheckVerdict::Failed);
    for check in wrong {
        assert!(check.found.contains("http://127.0.0.1:2/"), "{check:?}");
    }
    assert_eq!(report.named("redirect_uri").count(), 2);
    // The first address is enough for the rest.
    assert_eq!(one(&report, "resources").verdict, CheckVerdict::Ok);
}

#[rocket::async_test]
async fn an_address_for_after_a_sign_out_that_is_not_registered() {
    let (_tenant, figment) = not_running().await;
    let report =
        report_of(&figment.clone().merge(("logto.post_sign_out_url", format!("{NOWHERE}/bye")))).await;
    let uri = format!("{NOWHERE}/bye is not registered");
    assert_only_failure(&report, "post_sign_out_url", &[&uri], &["post sign-out redirect URIs"]);

    let more = figment.merge(("logto.post_sign_out_urls", [format!("{NOWHERE}/logto/signed-out")]));
    let report = report_of(&more).await;
    assert_only_failure(&report, "post_sign_out_url", &["/logto/signed-out"], &["`post_sign_out_urls`"]);
    assert_eq!(report.named("post_sign_out_url").count(), 2);
}

#[rocket::async_test]
async fn a_resource_that_logto_does_not_know() {
    let (_tenant, figment) = not_running().await;
    let with_slash = format!("{SHOPPING_API}/");
    let figment = figment.merge(("logto.resources", [OTHER_API, &with_slash]));
    let report = report_of(&figment).await;
    assert_only_failure(&report, "resources", &[&with_slash], &["a slash at the end counts"]);
    let known =
        report.named("resources").find(|check| check.verdict == CheckVerdict::Ok).expect("a known one");
    assert!(known.found.contains(OTHER_API), "{known:?}");
}

#[rocket::async_test]
async fn a_scope_that_a_third_party_application_may_not_request() {
    let (tenant, figment) = not_running().await;
    let change = tenant.applications().change(THIRD_PARTY_APP.id, |application| {
        application
            .redirect_uri(format!("{NOWHERE}/logto/callback"))
            .post_logout_redirect_uri(format!("{NOWHERE}/"))
    });
    change.expect("the application");
    let figment = figment
        .merge(("logto.app_id", THIRD_PARTY_APP.id))
        .merge(("logto.app_secret", THIRD_PARTY_APP.secret))
        .merge(("logto.scopes", ["phone"]));
    let report = report_of(&figment).await;
    let check = report.named("scopes").find(|check| check.verdict == CheckVerdict::Failed);
    assert_says(check.unwrap_or_else(|| panic!("{report}")), &["`phone`", "third-party"], &["permissions"]);
    // The refusal is about the scope alone, so the resources are checked without it.
    assert_eq!(one(&report, "resources").verdict, CheckVerdict::Ok, "{report}");
}

#[rocket::async_test]
async fn organizations_are_said_to_need_a_sign_in() {
    let (_tenant, figment) = not_running().await;
    let report =
        report_of(&figment.merge(("logto.scopes", ["urn:logto:scope:organizations", "invite:member"]))).await;
    assert!(report.passed(), "{report}");
    assert_eq!(one(&report, "organizations").verdict, CheckVerdict::NotChecked);
    // The reserved resource is requested with them, and known.
    assert_eq!(
        report.named("resources").filter(|check| check.verdict == CheckVerdict::Ok).count(),
        2,
        "{report}"
    );
}

#[rocket::async_test]
async fn a_machine_to_machine_application() {
    let (_tenant, figment) = not_running().await;
    let with = |id: &str, secret: &str| {
        figment.clone().merge(("logto.machine_app_id", id)).merge(("logto.machine_app_secret", secret))
    };
    let good = report_of(&with(M2M_APP.id, M2M_APP.secret)).await;
    assert_eq!(one(&good, "machine_app").verdict, CheckVerdict::Ok, "{good}");
    let wrong = report_of(&with(M2M_APP.id, WRONG)).await;
    assert_only_failure(&wrong, "machine_app", &["refused the secret"], &["`machine_app_secret`"]);
    let unknown = report_of(&with("nosuchclient", WRONG)).await;
    assert_only_failure(&unknown, "machine_app", &["has no application"], &["`machine_app_id`"]);
    let other_kind = report_of(&with(ROCKET_APP.id, ROCKET_APP.secret)).await;
    assert_only_failure(
        &other_kind,
        "machine_app",
        &["is not a machine-to-machine application"],
        &["`machine_app_id` and `machine_app_secret`"],
    );
}

#[rocket::async_test]
async fn introspection_is_asked_where_it_is_on() {
    let (_tenant, figment) = not_running().await;
    let figment = figment.merge(("logto.introspection", true));
    assert_eq!(one(&report_of(&figment).await, "introspection").verdict, CheckVerdict::Ok);
    let report = report_of(&figment.merge(("logto.app_secret", WRONG))).await;
    assert_eq!(failed(&report), ["app_secret", "introspection"], "{report}");
}

/// An API alone has no sign-in: its machine-to-machine application asks about its resources.
#[rocket::async_test]
async fn an_api_alone() {
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    let alone = |resources: &[&str]| {
        let figment = rocket_settings().merge(("logto.endpoint", tenant.endpoint()));
        figment.merge(("logto.resources", resources))
    };
    let report = report_of(&alone(&[SHOPPING_API])).await;
    assert!(report.passed(), "{report}");
    assert_eq!(one(&report, "resources").verdict, CheckVerdict::NotChecked);
    assert_eq!(report.named("redirect_uri").count() + report.named("cookie_keys").count(), 0, "{report}");

    let with_machine = |figment: Figment| {
        figment
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
    };
    let unknown = "https://nobody.your-app.com/api";
    let report = report_of(&with_machine(alone(&[SHOPPING_API, unknown]))).await;
    assert_only_failure(&report, "resources", &[unknown], &["`resources`"]);
    assert_eq!(report.named("resources").count(), 2);
}

/// A proxy in front of Logto wants a sign-in of its own, and responds with its page and the status 200.
#[rocket::async_test]
async fn the_page_of_a_login_proxy_is_no_response_of_logto() {
    let (tenant, figment) = not_running().await;
    let page = || Fault::StatusWithBody(200, "<html>Please sign in</html>".to_owned());
    for endpoint in [Endpoint::Token, Endpoint::Authorize, Endpoint::Introspection] {
        tenant.faults().on(endpoint).times(100).fault(page());
    }
    let report = report_of(&figment.merge(("logto.introspection", true))).await;
    for name in ["app_secret", "redirect_uri", "introspection"] {
        let check = one(&report, name);
        assert_eq!(check.verdict, CheckVerdict::Failed, "{report}");
        assert_says(check, &["status 200"], &["proxy"]);
    }
}

#[rocket::async_test]
async fn a_tenant_of_its_own_with_an_application_that_has_nothing() {
    let bare = Application::traditional("bare").secret(ROCKET_APP.secret);
    let tenant = Tenant::builder().application(bare).start().await.expect("a tenant");
    let figment = settings(&tenant)
        .merge(("logto.app_id", "bare"))
        .merge(("logto.public_url", NOWHERE))
        .merge(("logto.session_store", "cookie"));
    let report = report_of(&figment).await;
    assert_eq!(failed(&report), ["redirect_uri", "post_sign_out_url"], "{report}");
}
