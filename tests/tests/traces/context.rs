//! The trace context: from the caller to the application, and on to Logto and to an API.

use logto_dev::recorded::{ALICE, M2M_APP};
use logto_dev::{Endpoint, Tenant};
use logto_tests::{App, Ask, Bench, Browser, settings};
use opentelemetry::trace::SpanKind;
use rocket::figment::Figment;

use crate::{Traces, field, read};

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The example, whose API is a second process of the same application.
async fn bench() -> (Bench, App) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = |tenant: &Tenant| -> Figment {
        settings(tenant)
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
    };
    let api = App::serve(traced::rocket(figment(&tenant))).await;
    let stock_api = format!("http://{}", api.address());
    let app = App::serve(traced::rocket(figment(&tenant).merge(("stock_api", stock_api)))).await;
    (Bench { tenant, app }.warm().await, api)
}

#[rocket::async_test]
async fn o06_a_trace_goes_on_from_the_caller_to_logto_and_to_an_api() {
    let (_turn, traces) = Traces::open().await;
    let (bench, _api) = bench().await;
    let mut alice = Browser::new(&bench.app);
    alice.sign_in(&bench.tenant, "alice").await;
    bench.tenant.journal().clear();
    traces.exporter.reset();

    let ask = Ask::get("/report").header("traceparent", CALLER).header("tracestate", "vendor=1");
    let answer = alice.send(ask.script()).await;
    assert_eq!((answer.status, answer.body.contains("7 teapots")), (200, true), "{answer:?}");

    let (trace, caller) = read(CALLER);
    let request = traces.one("GET /report");
    assert_eq!((request.span_context.trace_id(), request.parent_span_id), (trace, caller));
    assert_eq!(request.span_kind, SpanKind::Server);
    let decision = traces
        .named("logto.decision")
        .into_iter()
        .find(|span| field(span, "http.route").as_deref() == Some("/report"))
        .unwrap();
    assert_eq!(decision.parent_span_id, request.span_context.span_id());
    let refresh = traces.one("logto.refresh");
    assert_eq!(refresh.parent_span_id, decision.span_context.span_id());

    // One call refreshes alice's token, and one fetches the server's own: each is the child of what it is made for, and
    // Logto is told which span it is in.
    let received: Vec<_> = bench.tenant.journal().of(Endpoint::Token);
    let calls = traces.named("POST token");
    assert_eq!((received.len(), calls.len()), (2, 2));
    for (entry, parent) in received.iter().zip([&refresh, &request]) {
        let (told_trace, told_parent) = read(entry.header("traceparent").unwrap());
        assert_eq!(told_trace, trace);
        assert_eq!(entry.header("tracestate"), Some("vendor=1"));
        let call = calls.iter().find(|call| call.span_context.span_id() == told_parent).unwrap();
        assert_eq!(call.parent_span_id, parent.span_context.span_id(), "{call:?}");
        assert_eq!(call.span_kind, SpanKind::Client);
    }

    // The API continues the trace.
    let call = traces.one("GET");
    assert_eq!(
        (call.parent_span_id, call.span_kind.clone()),
        (request.span_context.span_id(), SpanKind::Client)
    );
    let stock = traces.one("GET /stock");
    assert_eq!((stock.span_context.trace_id(), stock.parent_span_id), (trace, call.span_context.span_id()));
}

#[rocket::async_test]
async fn o06_the_code_exchange_is_in_the_trace_of_its_callback() {
    let (_turn, traces) = Traces::open().await;
    let (bench, _api) = bench().await;
    let mut alice = Browser::new(&bench.app);
    let callback = alice.callback(&bench.tenant, ALICE, "").await;
    bench.tenant.journal().clear();
    traces.exporter.reset();
    let answer = alice.send(Ask::get(callback).navigation().header("traceparent", CALLER)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let (trace, _) = read(CALLER);
    let exchange = bench.tenant.journal().of(Endpoint::Token).remove(0);
    let (told_trace, told_parent) = read(exchange.header("traceparent").unwrap());
    assert_eq!((told_trace, told_parent), (trace, traces.one("POST token").span_context.span_id()));
}

/// Calls that are made for no request begin traces of their own, and a request without a trace begins one.
#[rocket::async_test]
async fn o06_what_has_no_caller_begins_a_trace() {
    let (_turn, traces) = Traces::open().await;
    let (bench, _api) = bench().await;
    let discovery = bench.tenant.journal().of(Endpoint::Discovery).remove(0);
    let (trace, _) = read(discovery.header("traceparent").unwrap());
    assert_ne!(trace, read(CALLER).0);
    let answer = bench.call(Ask::get("/stock")).await;
    assert_eq!(answer.status, 401);
    let request = traces.one("GET /stock");
    assert!(request.span_context.is_valid());
    assert_eq!(field(&request, "http.response.status_code").as_deref(), Some("401"));
}
