//! A span for each request, which continues the trace of its caller.

use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use rocket::http::HeaderMap;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Wraps the handlers of `routes`. Guards run within the handler, and so in its span.
#[must_use]
pub fn traced(mut routes: Vec<Route>) -> Vec<Route> {
    for route in &mut routes {
        route.handler = Box::new(Traced(route.handler.clone()));
    }
    routes
}

#[derive(Clone)]
struct Traced(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for Traced {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let span = span_of(request);
        let outcome = self.0.handle(request, data).instrument(span.clone()).await;
        let status = match &outcome {
            Outcome::Success(response) => Some(response.status()),
            Outcome::Error(status) => Some(*status),
            // The next route has a span of its own.
            Outcome::Forward(_) => None,
        };
        if let Some(status) = status {
            span.record("http.response.status_code", i64::from(status.code));
            if status.class().is_server_error() {
                span.record("otel.status_code", "ERROR");
            }
        }
        outcome
    }
}

/// The query is not recorded: that of a callback has the authorization code in it.
fn span_of(request: &Request<'_>) -> Span {
    let (method, route) = (request.method().as_str(), request.route().map_or("", |route| route.uri.as_str()));
    let span = tracing::info_span!(
        "request",
        "otel.name" = format!("{method} {route}"),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = method,
        "http.route" = route,
        "http.response.status_code" = Empty,
    );
    // Believes every caller. Where strangers reach the application directly, a link is better than a parent.
    let caller =
        global::get_text_map_propagator(|propagator| propagator.extract(&Headers(request.headers())));
    // It fails where no layer of OpenTelemetry takes the span: then there is no trace to continue.
    let _ = span.set_parent(caller);
    span
}

struct Headers<'h>(&'h HeaderMap<'h>);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get_one(name)
    }

    fn keys(&self) -> Vec<&str> {
        // The propagator asks for its headers by name.
        Vec::new()
    }
}
