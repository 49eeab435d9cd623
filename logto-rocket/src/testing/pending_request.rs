//! What a test has asked for a request, until the request arrives: nothing of it is in the request's headers or cookies, and
//! only code that has the `Request` can write it.

use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::Request;

use super::caller::TestCaller;

/// Who sends a request, and with which data.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Where in the test it was asked for last.
    pub(super) asked_at: Option<&'static Location<'static>>,
    pub(super) caller: Option<TestCaller>,
    /// What the application keeps for the visitor, by name.
    pub(super) data: Vec<(&'static str, String)>,
}

impl Pending {
    fn is_nothing(&self) -> bool {
        self.caller.is_none() && self.data.is_empty()
    }
}

#[derive(Default)]
struct Slot(Mutex<Pending>);

impl Slot {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes what a test asks for its request.
#[track_caller]
pub(super) fn change(request: &Request<'_>, change: impl FnOnce(&mut Pending)) {
    let mut pending = request.local_cache(Slot::default).pending();
    pending.asked_at = Some(Location::caller());
    change(&mut pending);
}

/// What a test asks for this request. It counts for one dispatch.
pub(super) fn take(request: &Request<'_>) -> Option<Pending> {
    let pending = std::mem::take(&mut *request.local_cache(Slot::default).pending());
    (!pending.is_nothing()).then_some(pending)
}
