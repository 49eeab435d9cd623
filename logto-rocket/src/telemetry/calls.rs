//! Spans of HTTP calls, and the trace context that goes with them.

use reqwest::Request;
use reqwest::header::HeaderMap;
use tracing::field::Empty;
use tracing::{Instrument, Level, Span};

#[cfg(feature = "reqwest")]
use super::spans::record_error;
use super::spans::{is_on, record_status, record_unavailable, taken};
use crate::error::{Endpoint, Unavailable};

tokio::task_local! {
    /// How often the call that is made now was made before.
    static RESEND_COUNT: u32;
}

/// Makes a call for which `count` others have failed.
pub(crate) async fn resend<F: Future>(count: u32, call: F) -> F::Output {
    RESEND_COUNT.scope(count, call).await
}

/// OpenTelemetry asks for the count where it is not zero.
fn resend_count() -> Option<i64> {
    RESEND_COUNT.try_with(|count| i64::from(*count)).ok().filter(|count| *count > 0)
}

/// The span of a call to Logto.
pub(crate) struct CallSpan(Option<Span>);

impl CallSpan {
    pub(crate) fn begin(endpoint: Endpoint, request: &Request) -> Self {
        if !is_on(Level::INFO) {
            return CallSpan(None);
        }
        let url = request.url();
        CallSpan(taken(tracing::info_span!(
            target: "logto",
            "logto.call",
            "otel.name" = format!("{} {}", request.method(), endpoint.label()),
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "http.request.method" = request.method().as_str(),
            "http.request.resend_count" = resend_count(),
            "http.response.status_code" = Empty,
            "server.address" = url.host_str(),
            "server.port" = url.port_or_known_default().map(i64::from),
            "url.full" = full_url(endpoint, request),
            "error.type" = Empty,
            "logto.endpoint" = endpoint.label(),
        )))
    }

    /// Makes the call. `status` reads the status of its response.
    pub(crate) async fn run<T>(
        self,
        call: impl Future<Output = Result<T, Unavailable>>,
        status: impl FnOnce(&T) -> u16,
    ) -> Result<T, Unavailable> {
        let CallSpan(Some(span)) = self else { return call.await };
        let result = call.instrument(span.clone()).await;
        match &result {
            Ok(response) => record_status(&span, status(response)),
            Err(unavailable) => record_unavailable(&span, unavailable),
        }
        result
    }
}

/// The URL, without what may be confidential: the endpoints of OpenID Connect alone have addresses that are the same for
/// everybody.
fn full_url(endpoint: Endpoint, request: &Request) -> Option<String> {
    let is_same_for_all = matches!(
        endpoint,
        Endpoint::Discovery
            | Endpoint::Jwks
            | Endpoint::Token
            | Endpoint::UserInfo
            | Endpoint::Revocation
            | Endpoint::Introspection
            | Endpoint::PushedAuthorization
    );
    is_same_for_all.then(|| {
        let mut url = request.url().clone();
        url.set_query(None);
        url.set_fragment(None);
        // It fails where a URL can have no credentials.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.into()
    })
}

/// The span of a call to an API of the application's, until the headers of its response.
#[cfg(feature = "reqwest")]
pub(crate) struct ApiCallSpan(Option<Span>);

#[cfg(feature = "reqwest")]
impl ApiCallSpan {
    /// Without the address: it is the application's, and its path may name a person.
    pub(crate) fn begin(request: &Request) -> Self {
        if !is_on(Level::INFO) {
            return ApiCallSpan(None);
        }
        let url = request.url();
        ApiCallSpan(taken(tracing::info_span!(
            target: "logto",
            "logto.api_call",
            "otel.name" = request.method().as_str(),
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "http.request.method" = request.method().as_str(),
            "http.request.resend_count" = resend_count(),
            "http.response.status_code" = Empty,
            "server.address" = url.host_str(),
            "server.port" = url.port_or_known_default().map(i64::from),
            "error.type" = Empty,
        )))
    }

    pub(crate) async fn run(
        self,
        call: impl Future<Output = reqwest::Result<reqwest::Response>>,
    ) -> reqwest::Result<reqwest::Response> {
        let ApiCallSpan(Some(span)) = self else { return call.await };
        let result = call.instrument(span.clone()).await;
        match &result {
            Ok(response) => record_status(&span, response.status().as_u16()),
            Err(error) if error.is_timeout() => record_error(&span, "timeout"),
            Err(error) if error.is_connect() => record_error(&span, "connect"),
            Err(_) => record_error(&span, "interrupted"),
        }
        result
    }
}

/// Adds the W3C trace context (`traceparent`, `tracestate`) of the current span, if a layer of OpenTelemetry gives it one.
/// Headers that are there already are the caller's own.
#[cfg(feature = "opentelemetry")]
pub(crate) fn add_trace_context(headers: &mut HeaderMap) {
    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry::trace::TraceContextExt;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let of_span = Span::current().context();
    // An application may use OpenTelemetry without `tracing`.
    let context = if of_span.span().span_context().is_valid() { of_span } else { Context::current() };
    if !headers.contains_key("traceparent") {
        TraceContextPropagator::new().inject_context(&context, &mut Headers(headers));
    }
}

#[cfg(not(feature = "opentelemetry"))]
pub(crate) fn add_trace_context(_: &mut HeaderMap) {}

#[cfg(feature = "opentelemetry")]
struct Headers<'h>(&'h mut HeaderMap);

#[cfg(feature = "opentelemetry")]
impl opentelemetry::propagation::Injector for Headers<'_> {
    fn set(&mut self, name: &str, value: String) {
        use reqwest::header::{HeaderName, HeaderValue};

        // An empty `tracestate` says nothing.
        let header = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value));
        if let (Ok(name), Ok(value)) = header
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}
