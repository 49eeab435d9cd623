//! Work that goes on although its caller has gone away.

use tracing::{Instrument, Span};

use crate::error::{Endpoint, Unavailable, UnavailableCause};

/// Starts `work` at once and runs it to its end, even if the request that asked for it is cancelled: others wait for its
/// result, or it spends what cannot be had again. The future that is returned only waits. The work stays in the span of
/// its caller.
pub(crate) fn run_to_end<T, E, W>(endpoint: Endpoint, work: W) -> impl Future<Output = Result<T, E>>
where
    T: Send + 'static,
    E: From<Unavailable> + Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    run_to_end_in(Span::current(), endpoint, work)
}

/// The same in another span.
pub(crate) fn run_to_end_in<T, E, W>(
    span: Span,
    endpoint: Endpoint,
    work: W,
) -> impl Future<Output = Result<T, E>>
where
    T: Send + 'static,
    E: From<Unavailable> + Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    let task = tokio::spawn(work.instrument(span));
    async move {
        match task.await {
            Ok(result) => result,
            // The runtime has stopped the task, or it has panicked. That says nothing about what was asked for.
            Err(_) => {
                let cause = UnavailableCause::Malformed("the call was stopped".to_owned());
                Err(Unavailable::new(endpoint, cause).into())
            }
        }
    }
}
