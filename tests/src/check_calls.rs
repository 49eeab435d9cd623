//! How often the checks of one application were called.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rocket::Request;

/// A counter in an application's managed state. A static one would count what other tests call at the same time.
#[derive(Clone, Default)]
pub struct CheckCalls(Arc<AtomicUsize>);

impl CheckCalls {
    /// Counts a call for the application that has received the request.
    pub fn add(request: &Request<'_>) {
        let calls = request.rocket().state::<CheckCalls>().expect("the application manages its counter");
        calls.0.fetch_add(1, Ordering::SeqCst);
    }

    /// The calls since it was asked last.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}
