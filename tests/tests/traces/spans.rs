//! What the spans say.

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Endpoint, Fault};
use logto_tests::{Ask, Bench};
use opentelemetry::trace::Status;
use reqwest::Url;
use serde_json::json;

use crate::{Traces, field};

/// The fields of a span, as the page `traces` lists them. `None` where there is no such field.
fn fields<const N: usize>(
    span: &opentelemetry_sdk::trace::SpanData,
    names: [&str; N],
) -> [Option<String>; N] {
    names.map(|name| field(span, name))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[rocket::async_test]
async fn o06_a_decision_says_what_was_asked_and_how_it_ended() {
    let (_turn, traces) = Traces::open().await;
    let bench = Bench::probe_app().await;
    let alice = bench.signed_in("alice").await;
    for (who, ask, credential, outcome) in [
        (Some(&alice), Ask::get("/orders"), "session", "allowed"),
        (None, Ask::get("/orders"), "none", "not_signed_in"),
        (None, Ask::get("/orders").bearer("not-a-token"), "bearer", "token_opaque"),
    ] {
        traces.exporter.reset();
        match who {
            Some(browser) => browser.at(&bench.app).send(ask.script()).await,
            None => bench.call(ask).await,
        };
        let span = traces.one("logto.decision");
        let [route, told_credential, told_outcome, rule, item] =
            fields(&span, ["http.route", "logto.credential", "logto.outcome", "logto.rule", "logto.item"]);
        assert_eq!(
            (route, told_credential, told_outcome),
            (some("/orders"), some(credential), some(outcome))
        );
        assert!(rule.is_some_and(|rule| rule.contains("read:orders")), "{span:?}");
        assert!(item.is_some_and(|item| item.ends_with("orders")), "{span:?}");
    }
    traces.exporter.reset();
    bench.call(Ask::get("/open")).await;
    assert_eq!(traces.named("logto.decision").len(), 0, "nothing is decided on an open route");
}

#[rocket::async_test]
async fn o06_each_attempt_of_a_refresh_is_a_call() {
    let (_turn, traces) = Traces::open().await;
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    traces.exporter.reset();
    bench.tenant.faults().on(Endpoint::Token).times(2).fault(Fault::Status(503));
    assert_eq!(alice.fetch("/orders").await.status, 200);

    let refresh = traces.one("logto.refresh");
    assert_eq!(
        fields(&refresh, ["logto.token", "logto.resource", "error.type"]),
        [some("resource"), some(SHOPPING_API), None]
    );
    let endpoint = Url::parse(bench.tenant.endpoint()).unwrap();
    let mut calls = traces.named("POST token");
    calls.sort_by_key(|call| call.start_time);
    let count = "http.request.resend_count";
    let status = "http.response.status_code";
    let told: Vec<_> = calls.iter().map(|call| fields(call, [count, status, "error.type"])).collect();
    let failed = |count: Option<String>| [count, some("503"), some("503")];
    assert_eq!(told, [failed(None), failed(some("1")), [some("2"), some("200"), None]]);
    for call in &calls {
        assert_eq!(call.parent_span_id, refresh.span_context.span_id());
        assert_eq!(
            fields(
                call,
                ["http.request.method", "server.address", "server.port", "url.full", "logto.endpoint"]
            ),
            [
                some("POST"),
                endpoint.host_str().map(str::to_owned),
                endpoint.port().map(|port| port.to_string()),
                some(&format!("{}/oidc/token", bench.tenant.endpoint())),
                some("token")
            ]
        );
        let failed = field(call, "error.type").is_some();
        assert_eq!(matches!(call.status, Status::Error { .. }), failed, "{call:?}");
    }
}

#[rocket::async_test]
async fn o06_a_refresh_that_fails_says_why() {
    let (_turn, traces) = Traces::open().await;
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    traces.exporter.reset();
    let refusal = Fault::StatusWithBody(400, json!({ "error": "access_denied" }).to_string());
    bench.tenant.faults().on(Endpoint::Token).fault(refusal);
    assert_eq!(alice.fetch("/orders").await.status, 403);
    assert_eq!(field(&traces.one("logto.refresh"), "error.type"), some("logto_refused"));
    assert_eq!(field(&traces.one("POST token"), "error.type"), some("400"));

    bench.tenant.faults().clear();
    traces.exporter.reset();
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Reset);
    bench.tenant.clock().advance(std::time::Duration::from_secs(10));
    assert_eq!(alice.fetch("/orders").await.status, 503);
    assert_eq!(field(&traces.one("logto.refresh"), "error.type"), some("logto_unavailable"));
    for call in traces.named("POST token") {
        assert_eq!(fields(&call, ["error.type", "http.response.status_code"]), [some("interrupted"), None]);
    }
}
