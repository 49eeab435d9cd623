//! Pushed authorization requests (RFC 9126): the setting `par`.

use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::Logto;
use logto_tests::{Bench, Browser, param, path_of};
use reqwest::Url;
use rocket::error::ErrorKind;
use serde_json::json;

async fn bench(par: &str) -> Bench {
    Bench::probe_app_with(|figment| figment.merge(("logto.par", par))).await
}

/// The names in a URL's query.
fn names(url: &Url) -> Vec<String> {
    url.query_pairs().map(|(name, _)| name.into_owned()).collect()
}

#[rocket::async_test]
async fn the_browser_carries_a_reference_and_nothing_else() {
    for par in ["auto", "required"] {
        let bench = bench(par).await;
        let (mut browser, mut at_logto) = (bench.browser(), bench.tenant.browser());
        let to_logto = browser.open("/logto/sign-in?return_to=/known&login_hint=alice%40example.com").await;
        let authorization = Url::parse(to_logto.location()).unwrap();
        assert_eq!(names(&authorization), ["client_id", "request_uri"], "{authorization}");

        let pushed = bench.tenant.journal().of(Endpoint::PushedAuthorization);
        assert_eq!(pushed.len(), 1);
        let credentials = pushed[0].header("authorization").unwrap();
        assert!(credentials.starts_with("Basic "), "{credentials}");
        assert_eq!(pushed[0].param("login_hint"), Some("alice@example.com"));
        assert_eq!(pushed[0].param("code_challenge_method"), Some("S256"));
        assert!(pushed[0].param("state").is_some() && pushed[0].param("nonce").is_some());
        assert_eq!(pushed[0].param("client_secret"), None);

        let callback = at_logto.sign_in(authorization, "alice").await.unwrap();
        assert_eq!(browser.open(path_of(&callback)).await.location(), "/known");
        assert_eq!(browser.open("/known").await.status, 200);
    }
}

#[rocket::async_test]
async fn without_the_setting_nothing_is_pushed() {
    for par in [None, Some("off")] {
        let bench = Bench::probe_app_with(|figment| match par {
            Some(par) => figment.merge(("logto.par", par)),
            None => figment,
        })
        .await;
        let url = bench.browser().begin("").await;
        assert!(param(&url, "state").is_some() && param(&url, "request_uri").is_none());
        assert_eq!(bench.count(Endpoint::PushedAuthorization), 0);
    }
}

/// Answers that no reference can be taken from.
fn unusable() -> Vec<Fault> {
    let body = |body: &str| Fault::StatusWithBody(201, body.to_owned());
    vec![
        Fault::Status(503),
        Fault::Status(404),
        Fault::Reset,
        Fault::Garbage,
        Fault::Truncate,
        body("{}"),
        body("{\"expires_in\":60}"),
        body("{\"request_uri\":\"\",\"expires_in\":60}"),
        body("{\"request_uri\":\"no uri\",\"expires_in\":60}"),
        body("{\"request_uri\":7,\"expires_in\":60}"),
        body(&format!("{{\"request_uri\":\"urn:x:{}\",\"expires_in\":60}}", "a".repeat(512))),
        Fault::StatusWithBody(400, "{\"error\":\"invalid_request\"}".to_owned()),
        Fault::StatusWithBody(401, "{\"error\":\"invalid_client\"}".to_owned()),
    ]
}

#[rocket::async_test]
async fn auto_falls_back_to_the_parameters_in_the_url() {
    let bench = bench("auto").await;
    for fault in unusable() {
        bench.tenant.faults().clear();
        bench.tenant.faults().on(Endpoint::PushedAuthorization).fault(fault.clone());
        let url = bench.browser().begin("").await;
        assert!(param(&url, "state").is_some() && param(&url, "request_uri").is_none(), "{fault:?}: {url}");
    }
}

/// Nothing makes a browser carry the parameters.
#[rocket::async_test]
async fn b04_required_is_never_downgraded() {
    let bench = bench("required").await;
    for fault in unusable() {
        bench.tenant.faults().clear();
        bench.tenant.faults().on(Endpoint::PushedAuthorization).fault(fault.clone());
        let mut browser = bench.browser();
        let refused = browser.open("/logto/sign-in?return_to=/known").await;
        assert!(refused.status >= 400 && refused.header("location").is_none(), "{fault:?}: {refused:?}");
        assert!(browser.jar.pending_sign_ins().is_empty(), "{fault:?}");
        assert!(!refused.body.contains("code_challenge"), "{fault:?}");
    }
    bench.tenant.faults().clear();
}

/// The tenant stays silent about the endpoint.
#[rocket::async_test]
async fn b04_without_the_endpoint_required_refuses_and_auto_does_not() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let base = tenant.endpoint();
    let document = json!({
        "issuer": tenant.issuer(),
        "authorization_endpoint": format!("{base}/oidc/auth"),
        "token_endpoint": format!("{base}/oidc/token"),
        "jwks_uri": format!("{base}/oidc/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
    });
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, document.to_string()));
    let app = Bench::another_probe_app(&tenant, |figment| figment.merge(("logto.par", "required"))).await;
    let refused = Browser::new(&app).open("/logto/sign-in").await;
    assert_eq!((refused.status, &*refused.code()), (503, "logto_unavailable"), "{refused:?}");
    assert_eq!(refused.header("location"), None);
    let app = Bench::another_probe_app(&tenant, |figment| figment.merge(("logto.par", "auto"))).await;
    assert!(param(&Browser::new(&app).begin("").await, "state").is_some());
    assert_eq!(tenant.journal().count(Endpoint::PushedAuthorization), 0);
}

#[rocket::async_test]
async fn what_logto_refuses_is_told_as_at_the_callback() {
    let bench = bench("required").await;
    for (error, code) in [
        ("invalid_target", "sign_in_invalid_target"),
        ("invalid_scope", "sign_in_invalid_scope"),
        ("x", "sign_in_refused"),
    ] {
        bench.tenant.faults().clear();
        let body = format!("{{\"error\":\"{error}\",\"error_description\":\"no\"}}");
        bench.tenant.faults().on(Endpoint::PushedAuthorization).fault(Fault::StatusWithBody(400, body));
        let refused = bench.browser().open("/logto/sign-in").await;
        assert_eq!(refused.code(), code, "{refused:?}");
    }
}

#[rocket::async_test]
async fn another_value_does_not_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    for par in ["yes", "Auto", "on", ""] {
        let rocket = Bench::rocket(&tenant, Logto::fairing(), |figment| figment.merge(("logto.par", par)));
        let error = rocket.ignite().await.expect_err("no such value");
        assert!(matches!(error.kind(), ErrorKind::FailedFairings(_)), "{par}: {error}");
    }
}
