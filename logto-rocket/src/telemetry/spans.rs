//! Spans for subscribers of `tracing`: decisions, refreshes and HTTP calls. `docs/traces.md` lists names and fields.
//!
//! No span has a token, a secret, a subject or an organization in it. Without a subscriber that takes spans of the level,
//! each function here reads one atomic and makes nothing: a span that is off would still be carried by its future, and
//! would go to `log`.

use std::fmt::Display;

use tracing::field::{Empty, display};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{Instrument, Level, Span};

use crate::error::{Error, Unavailable, UnavailableCause};

/// Whether anybody takes spans of this level.
pub(super) fn is_on(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// `None` where the subscriber's filter leaves the span out.
pub(super) fn taken(span: Span) -> Option<Span> {
    if span.is_disabled() { None } else { Some(span) }
}

/// The span of one decision of a guard.
pub(crate) struct DecisionSpan(Span);

impl DecisionSpan {
    /// `None` if nobody takes it. `describe` is called only where somebody does: it gives the route's URI pattern and
    /// what the rule asks for.
    pub(crate) fn begin<'a>(
        item: &'static str,
        describe: impl FnOnce() -> (Option<&'a str>, String),
    ) -> Option<Self> {
        if !is_on(Level::DEBUG) {
            return None;
        }
        let span = taken(tracing::debug_span!(
            target: "logto",
            "logto.decision",
            "http.route" = Empty,
            "logto.item" = item,
            "logto.rule" = Empty,
            "logto.credential" = Empty,
            "logto.outcome" = Empty,
        ))?;
        let (route, rule) = describe();
        span.record("http.route", route).record("logto.rule", rule);
        Some(DecisionSpan(span))
    }

    /// Decides within the span.
    pub(crate) async fn run<T>(&self, decide: impl Future<Output = T>) -> T {
        decide.instrument(self.0.clone()).await
    }

    /// The outcome is `allowed`, or the code of the refusal.
    pub(crate) fn end(self, outcome: &'static str, credential: &'static str) {
        self.0.record("logto.outcome", outcome).record("logto.credential", credential);
    }
}

/// What a refresh is to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshFor {
    /// An access token for an API resource.
    Resource,
    /// An organization token.
    Organization,
    /// An access token for an API resource within an organization.
    OrganizationResource,
    /// The opaque access token, for the userinfo endpoint.
    Userinfo,
}

impl RefreshFor {
    fn as_str(self) -> &'static str {
        match self {
            RefreshFor::Resource => "resource",
            RefreshFor::Organization => "organization",
            RefreshFor::OrganizationResource => "organization_resource",
            RefreshFor::Userinfo => "userinfo",
        }
    }
}

/// The span of a refresh, from the request that needs a token until it has one: other requests of the session may come
/// first, and may bring the token along.
pub(crate) struct RefreshSpan {
    /// Where the work runs: in a span of its own, or in that of its caller where nobody takes the span.
    place: Span,
    is_own: bool,
}

impl RefreshSpan {
    /// The span of a refresh that a request waits for is part of the request's. One in the background begins a trace of its
    /// own, which the request's would otherwise wait for, and follows from that of the request.
    pub(crate) fn begin(purpose: RefreshFor, resource: Option<&str>, in_background: bool) -> Self {
        let caller = Span::current();
        let own =
            if is_on(Level::INFO) { refresh_span(purpose, resource, &caller, in_background) } else { None };
        match own {
            Some(place) => RefreshSpan { place, is_own: true },
            None => RefreshSpan { place: if in_background { Span::none() } else { caller }, is_own: false },
        }
    }

    pub(crate) fn place(&self) -> Span {
        self.place.clone()
    }

    pub(crate) fn end<T>(self, result: &Result<T, Error>) {
        if let Err(error) = result
            && self.is_own
        {
            record_error(&self.place, error.code());
        }
    }
}

fn refresh_span(
    purpose: RefreshFor,
    resource: Option<&str>,
    caller: &Span,
    in_background: bool,
) -> Option<Span> {
    let parent = if in_background { None } else { caller.id() };
    let span = taken(tracing::info_span!(
        target: "logto",
        parent: parent,
        "logto.refresh",
        "otel.status_code" = Empty,
        "logto.token" = purpose.as_str(),
        "logto.resource" = resource,
        "error.type" = Empty,
    ))?;
    if in_background {
        span.follows_from(caller);
    }
    Some(span)
}

/// A call counts as failed as OpenTelemetry's conventions for HTTP clients say: with a status from 400 on, and without
/// a response.
pub(super) fn record_status(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 400 {
        record_error(span, status);
    }
}

pub(super) fn record_unavailable(span: &Span, unavailable: &Unavailable) {
    match unavailable.cause {
        UnavailableCause::Status(status) => record_status(span, status),
        ref cause => record_error(span, cause.code()),
    }
}

pub(super) fn record_error(span: &Span, kind: impl Display) {
    span.record("otel.status_code", "ERROR").record("error.type", display(kind));
}
