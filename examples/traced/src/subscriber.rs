//! Where spans and log lines go.

use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Sends the spans of this process to `provider`, and its log to the standard error output. Without `RUST_LOG` it takes
/// the decisions of guards too.
///
/// # Errors
///
/// Fails if the process has a subscriber or a logger already.
pub fn install(provider: &SdkTracerProvider) -> Result<(), TryInitError> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let wanted = std::env::var("RUST_LOG").ok().and_then(|filter| filter.parse().ok());
    let usual = || Targets::new().with_default(LevelFilter::INFO).with_target("logto", LevelFilter::DEBUG);
    tracing_subscriber::registry()
        .with(wanted.unwrap_or_else(usual))
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("traced")))
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .try_init()
}
