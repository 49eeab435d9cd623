//! Repeated requests to the token endpoint.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use crate::error::Unavailable;
use crate::oidc::{TokenAnswer, TokenFailure};
use crate::session::random;
use crate::telemetry::resend;

/// A longer `Retry-After` is for the caller to wait out, not for a request in flight.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Two more requests, after 150 and 300 ms; up to twice that, so that those which failed together do not return together.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(150))
        .with_factor(2.0)
        .with_max_times(2)
        .with_jitter()
        // From the one source of randomness, which the simulation can repeat.
        .with_jitter_seed(u64::from_le_bytes(random()))
}

/// Repeats a request that Logto did not respond to, where `may_repeat` says that this does no harm. A `Retry-After` takes
/// the place of the pause.
pub(super) async fn with_retry<F>(
    mut request: impl FnMut() -> F,
    mut may_repeat: impl FnMut(&Unavailable) -> bool,
) -> Result<TokenAnswer, TokenFailure>
where
    F: Future<Output = Result<TokenAnswer, TokenFailure>>,
{
    let unanswered = |failure: &TokenFailure| match failure {
        TokenFailure::Unavailable(unavailable) => may_repeat(unavailable),
        TokenFailure::Refused(_) | TokenFailure::Unusable { .. } => false,
    };
    let pause = |failure: &TokenFailure, pause: Option<Duration>| {
        let TokenFailure::Unavailable(unavailable) = failure else { return None };
        pause.map(|pause| unavailable.retry_after.unwrap_or(pause)).filter(|pause| *pause <= LONGEST_PAUSE)
    };
    let mut failed = 0;
    let counted = || {
        let attempt = resend(failed, request());
        failed += 1;
        attempt
    };
    counted.retry(backoff()).when(unanswered).adjust(pause).await
}
