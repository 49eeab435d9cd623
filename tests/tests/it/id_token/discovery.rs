//! A tenant whose documents cannot be used, for a while.

use std::time::Duration;

use logto_dev::{Endpoint, Fault, Issue, Tenant, recorded};
use logto_tests::{Answer, App, Ask, Bench, Browser, CountingListener, param};
use reqwest::Url;
use rocket::figment::Figment;
use serde_json::{Value, json};

async fn begin(app: &App) -> Answer {
    Browser::new(app).open("/logto/sign-in").await
}

fn is_unavailable(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{what}: {answer:?}");
    assert!(answer.header("retry-after").is_some() && answer.header("location").is_none(), "{what}");
    assert!(answer.cookies().is_empty(), "{what}: {answer:?}");
}

fn document(base: &str, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oidc/auth"),
        "token_endpoint": format!("{base}/oidc/token"),
        "jwks_uri": format!("{base}/oidc/jwks"),
        "userinfo_endpoint": format!("{base}/oidc/me"),
        "end_session_endpoint": format!("{base}/oidc/session/end"),
        "revocation_endpoint": format!("{base}/oidc/token/revocation"),
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
    })
}

fn without(name: &str, mut document: Value) -> String {
    document.as_object_mut().unwrap().remove(name);
    document.to_string()
}

#[rocket::async_test]
async fn j01_j02_j04_j05_j09_j11_a_sign_in_begins_once_the_document_is_good() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let (base, issuer) = (tenant.endpoint().to_owned(), tenant.issuer());
    let good = document(&base, &issuer);
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let app = Bench::another_probe_app(&tenant, |figment| figment).await;
    let body = |text: String| Fault::StatusWithBody(200, text);
    for (fault, what) in [
        (Fault::Reset, "j01: nobody there"),
        (Fault::Status(500), "j02: 500"),
        (Fault::Status(404), "j02: 404"),
        (Fault::Status(204), "j02: 204"),
        (Fault::Garbage, "j04: garbage"),
        (Fault::Truncate, "j04: half"),
        (body(String::new()), "j04: nothing"),
        (body("[]".to_owned()), "j04: a list"),
        (body(format!("{{\"x\":\"{}\"}}", "x".repeat(2 << 20))), "j05: 2 MB"),
        (body(document(&base, &format!("{issuer}/")).to_string()), "j09: a slash more"),
        (body(document(&base, "https://evil.example/oidc").to_string()), "j09: another issuer"),
        (
            body(document(&base, &issuer.replace("localhost", "localhost.example")).to_string()),
            "j09: another name",
        ),
        (body(without("jwks_uri", good.clone())), "j11: no jwks_uri"),
        (body(without("token_endpoint", good.clone())), "j11: no token_endpoint"),
        (body(without("authorization_endpoint", good.clone())), "j11: no authorization_endpoint"),
        (body(without("issuer", good.clone())), "j09: no issuer"),
    ] {
        tenant.faults().clear();
        tenant.faults().on(Endpoint::Discovery).fault(fault);
        tenant.clock().advance(Duration::from_secs(2));
        is_unavailable(&begin(&app).await, what);
    }
    tenant.faults().clear();
    tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(begin(&app).await.status, 303, "j01: one second after it is back");
}

/// j03, j06: time is limited in all, not between two bytes.
#[rocket::async_test]
async fn j03_j06_silence_and_drips_end_in_time() {
    for fault in [Fault::Hang, Fault::Drip(Duration::from_millis(50))] {
        let tenant = Tenant::recorded().start().await.unwrap();
        tenant.faults().on(Endpoint::Discovery).fault(fault.clone());
        let short = |figment: Figment| figment.merge(("logto.request_timeout", "1s"));
        let app = Bench::another_probe_app(&tenant, short).await;
        let begun = tokio::time::Instant::now();
        is_unavailable(&begin(&app).await, &format!("{fault:?}"));
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
}

#[rocket::async_test]
async fn j07_a_redirect_is_not_followed() {
    let target = CountingListener::silent().await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}/x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        target.url()
    );
    let redirecting = CountingListener::answering(redirect).await;
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = Bench::another_probe_app(&tenant, |figment| {
        figment.merge(("logto.internal_endpoint", redirecting.url()))
    })
    .await;
    is_unavailable(&begin(&app).await, "redirected");
    assert!(redirecting.calls() > 0);
    assert_eq!(target.calls(), 0);
}

#[rocket::async_test]
async fn j08_an_https_tenant_has_no_http_endpoint() {
    let issuer = "https://tenant.example/oidc";
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
    ] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let mut document = document("https://tenant.example", issuer);
        document[name] = json!("http://tenant.example/x");
        tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, document.to_string()));
        let internal = tenant.endpoint().to_owned();
        let app = Bench::another_probe_app(&tenant, move |figment| {
            figment
                .merge(("logto.endpoint", "https://tenant.example"))
                .merge(("logto.internal_endpoint", internal))
        })
        .await;
        is_unavailable(&begin(&app).await, name);
    }
}

/// Behind an internal address the tenant names endpoints at that address; browsers are sent to the public one.
#[rocket::async_test]
async fn j10_an_internal_address_stays_inside() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let internal = tenant.endpoint().to_owned();
    let document = document(&internal, "https://tenant.example/oidc");
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, document.to_string()));
    let app = Bench::another_probe_app(&tenant, move |figment| {
        figment
            .merge(("logto.endpoint", "https://tenant.example"))
            .merge(("logto.internal_endpoint", internal))
    })
    .await;
    let answer = begin(&app).await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", Some("tenant.example"), None));
    assert!(param(&url, "redirect_uri").is_some());
}

/// j12: endpoints that move while the application runs are found again.
#[rocket::async_test]
async fn j12_a_changed_document_is_picked_up() {
    let bench = Bench::probe_app().await;
    assert_eq!(begin(&bench.app).await.status, 303);
    let mut moved = document(bench.tenant.endpoint(), &bench.tenant.issuer());
    moved["authorization_endpoint"] = json!(format!("{}/oidc/moved", bench.tenant.endpoint()));
    bench.tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, moved.to_string()));
    bench.tenant.clock().advance(Duration::from_secs(301));
    begin(&bench.app).await;
    logto_tests::until("the document is fetched again", || bench.count(Endpoint::Discovery) == 2).await;
    let moved = |answer: &Answer| answer.location().contains("/oidc/moved");
    logto_tests::eventually("the new endpoint is used", || begin(&bench.app), moved).await;
}

/// Logto's issuer is fixed, its endpoints are called as it was asked: here by address, in a tenant that calls
/// itself `localhost`.
#[rocket::async_test]
async fn a_tenant_on_this_machine_may_be_configured_by_its_address() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let address = tenant.endpoint().replace("localhost", "127.0.0.1");
    assert_ne!(address, tenant.endpoint());
    let bench = Bench::probe_app_of(tenant, move |figment| figment.merge(("logto.endpoint", address))).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/known").await.status, 200);
    let token = bench.tenant.access_token(Issue::user("alice").resource(recorded::SHOPPING_API)).unwrap();
    assert_eq!(bench.call(Ask::get("/orders").bearer(&token)).await.status, 200);
}
