//! RFC 6750 to the letter, and problem documents.

use std::collections::BTreeMap;

use logto_dev::recorded::{ACME, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_tests::{Answer, Ask, Bench};

use super::{alice, good};

/// The one challenge of an answer, taken apart: `Bearer name="value", …`.
fn challenge(answer: &Answer) -> BTreeMap<String, String> {
    let header = answer.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {answer:?}"));
    let mut rest = header.strip_prefix("Bearer ").unwrap_or_else(|| panic!("{header}"));
    let mut parameters = BTreeMap::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{header}"));
        let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("{header}"));
        // What may stand in a description (RFC 6750 section 3).
        assert!(value.bytes().all(|b| (0x20..=0x7E).contains(&b) && b != b'\\'), "{header}");
        assert!(parameters.insert(name.to_owned(), value.to_owned()).is_none(), "{name} twice: {header}");
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    parameters
}

async fn check(bench: &Bench, ask: Ask, status: u16, error: Option<&str>, scope: Option<&str>) {
    let answer = bench.call(ask.clone()).await;
    assert_eq!(answer.status, status, "{ask:?}: {answer:?}");
    let challenge = challenge(&answer);
    assert_eq!(challenge.get("realm").map(String::as_str), Some("localhost"));
    assert_eq!(challenge.get("error").map(String::as_str), error, "{ask:?}");
    assert_eq!(challenge.get("scope").map(String::as_str), scope, "{ask:?}");
    assert_eq!(challenge.contains_key("error_description"), error.is_some(), "{challenge:?}");
}

#[rocket::async_test]
async fn f01_nothing_presented_gets_a_challenge_without_an_error() {
    let bench = Bench::probe_app().await;
    check(&bench, Ask::get("/known"), 401, None, None).await;
    check(&bench, Ask::get("/orders"), 401, None, Some("read:orders")).await;
    check(&bench, Ask::post("/orders"), 401, None, Some("write:orders read:orders")).await;
}

#[rocket::async_test]
async fn each_error_of_rfc_6750_has_its_status() {
    let bench = Bench::probe_app().await;
    let expired = bench.tenant.access_token(alice().expired()).unwrap();
    check(&bench, Ask::get("/orders").bearer(&expired), 401, Some("invalid_token"), None).await;
    check(&bench, Ask::get("/orders").bearer("opaque"), 401, Some("invalid_token"), None).await;
    let malformed = Ask::get("/orders").header("authorization", "Bearer");
    check(&bench, malformed, 400, Some("invalid_request"), None).await;
    let reader = bench.tenant.access_token(alice().scopes(["read:orders"])).unwrap();
    let needed = Some("write:orders read:orders");
    check(&bench, Ask::post("/orders").bearer(&reader), 403, Some("insufficient_scope"), needed).await;
}

/// A session that lacks a permission is told the same way as a token.
#[rocket::async_test]
async fn f16_a_session_gets_the_same_challenge() {
    let bench = Bench::probe_app().await;
    let answer = bench.signed_in("bob").await.fetch("/orders").await;
    let challenge = challenge(&answer);
    assert_eq!((answer.status, challenge["error"].as_str()), (403, "insufficient_scope"));
    assert_eq!(challenge["scope"], "read:orders");
}

/// RFC 6750 knows `invalid_request` for status 400 alone.
#[rocket::async_test]
async fn invalid_request_goes_with_400() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let cross_site =
        Ask::post("/known").header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    let no_organization = Ask::get("/orgs/a%20b/orders").script();
    for ask in [cross_site, no_organization] {
        let answer = alice.send(ask).await;
        assert_eq!(answer.status, 403);
        let error = answer
            .header("www-authenticate")
            .map(|_| challenge(&answer))
            .and_then(|all| all.get("error").cloned());
        assert_ne!(error.as_deref(), Some("invalid_request"), "{answer:?}");
    }
}

#[rocket::async_test]
async fn f29_a_refusal_is_a_problem_document_with_a_stable_code() {
    let bench = Bench::probe_app().await;
    let reader = bench.tenant.access_token(alice().scopes(["read:orders"])).unwrap();
    let answer = bench.call(Ask::post("/orders").bearer(&reader)).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!(
        (problem["status"].as_u64(), problem["code"].as_str()),
        (Some(403), Some("insufficient_scope"))
    );
    assert_eq!(problem["required_scopes"], serde_json::json!(["write:orders", "read:orders"]));
    for member in ["type", "title", "detail"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
    }
    let page = bench.call(Ask::post("/orders").bearer(&reader).header("accept", "text/html")).await;
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(page.code(), "insufficient_scope");
}

/// e27: an attacker learns nothing from the text that the status does not say; nothing of theirs comes back.
#[rocket::async_test]
async fn e27_f29_no_text_of_the_token_comes_back() {
    let bench = Bench::probe_app().await;
    for claim in ["iss", "aud", "sub", "scope", "organization_id", "client_id"] {
        let token = bench.tenant.access_token(alice().claim(claim, "\"><script>teapot\\")).unwrap();
        let answer = bench.call(Ask::get("/orders").bearer(&token)).await;
        assert!(!format!("{answer:?}").contains("teapot") || answer.status == 200, "{claim}: {answer:?}");
    }
    let token = bench.tenant.access_token(alice().header("kid", "teapot")).unwrap();
    let answer = bench.call(Ask::get("/orders").bearer(&token)).await;
    assert!(!format!("{answer:?}").contains("teapot"), "{answer:?}");
}

#[rocket::async_test]
async fn j14_an_outage_is_no_fault_of_the_token() {
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Jwks).fault(Fault::Status(503));
    let bench = Bench::probe_app_of(tenant, |figment| figment).await;
    let answer = bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    assert!(answer.header("www-authenticate").is_none());
    // What is wrong without any key is refused all the same.
    let expired = bench.tenant.access_token(alice().expired()).unwrap();
    assert_eq!(bench.call(Ask::get("/orders").bearer(&expired)).await.status, 401);
    assert_eq!(bench.call(Ask::get("/orders")).await.status, 401);
    assert_eq!(bench.call(Ask::get("/plain")).await.status, 200);
}

#[rocket::async_test]
async fn f19_the_wrong_organization_is_a_refusal_and_no_invalid_token() {
    let bench = Bench::probe_app().await;
    let token =
        bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API).organization(ACME)).unwrap();
    let answer = bench.call(Ask::get("/orgs/another/orders").bearer(&token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "wrong_organization"));
    assert_ne!(challenge(&answer).get("error").map(String::as_str), Some("invalid_token"));
}
