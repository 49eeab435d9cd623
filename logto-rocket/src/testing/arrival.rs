//! What a test has asked for a request, until the request arrives: nothing of it is in the request's headers or cookies, and
//! only code that has the `Request` can write it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::Request;

use super::caller::TestCaller;

/// What the test wants of one request.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) caller: Option<TestCaller>,
    /// What the application keeps for the visitor, by name.
    pub(super) data: Vec<(&'static str, String)>,
}

impl Wanted {
    fn is_nothing(&self) -> bool {
        self.caller.is_none() && self.data.is_empty()
    }
}

#[derive(Default)]
struct Place(Mutex<Wanted>);

impl Place {
    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes what is wanted of a request.
pub(super) fn want(request: &Request<'_>, change: impl FnOnce(&mut Wanted)) {
    change(&mut request.local_cache(Place::default).wanted());
}

/// What is wanted of a request. It counts for one dispatch.
pub(super) fn take(request: &Request<'_>) -> Option<Wanted> {
    let wanted = std::mem::take(&mut *request.local_cache(Place::default).wanted());
    (!wanted.is_nothing()).then_some(wanted)
}
