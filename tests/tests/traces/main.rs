//! Spans, as a subscriber sees them, and the trace context that goes along with calls.
//!
//! A process of its own: with a subscriber of `tracing` nothing goes to `log` any more, where other tests read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod context;
mod secrets;
mod spans;

use std::sync::LazyLock;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::sync::{Mutex, MutexGuard};

/// Everything that this process has traced.
struct Traces {
    exporter: InMemorySpanExporter,
    provider: SdkTracerProvider,
}

impl Traces {
    /// Empty, and for one test at a time.
    async fn open() -> (MutexGuard<'static, ()>, &'static Traces) {
        static TURN: Mutex<()> = Mutex::const_new(());
        static TRACES: LazyLock<Traces> = LazyLock::new(|| {
            let exporter = InMemorySpanExporter::default();
            let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
            traced::subscriber::install(&provider).expect("the first subscriber");
            Traces { exporter, provider }
        });
        let turn = TURN.lock().await;
        TRACES.exporter.reset();
        (turn, &TRACES)
    }

    /// The spans that have ended.
    fn ended(&self) -> Vec<SpanData> {
        let _ = self.provider.force_flush();
        self.exporter.get_finished_spans().unwrap()
    }

    fn named(&self, name: &str) -> Vec<SpanData> {
        self.ended().into_iter().filter(|span| span.name == name).collect()
    }

    #[track_caller]
    fn one(&self, name: &str) -> SpanData {
        let mut found = self.named(name);
        let all: Vec<_> = self.ended().into_iter().map(|span| span.name).collect();
        assert_eq!(found.len(), 1, "`{name}` among {all:?}");
        found.remove(0)
    }
}

/// The value of a field, as text.
fn field(span: &SpanData, name: &str) -> Option<String> {
    span.attributes.iter().find(|one| one.key.as_str() == name).map(|one| one.value.to_string())
}

/// A `traceparent` header (W3C Trace Context §3.2).
fn read(header: &str) -> (TraceId, SpanId) {
    let parts: Vec<&str> = header.split('-').collect();
    assert_eq!((parts.len(), parts[0]), (4, "00"), "{header}");
    (TraceId::from_hex(parts[1]).unwrap(), SpanId::from_hex(parts[2]).unwrap())
}
