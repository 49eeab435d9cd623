//! The failure that a request state has recorded: catchers ask for it, and a handler that returns an [`Error`] leaves one.

use rocket::Request;
use rocket::response::{self, Responder};

use super::failure::AuthFailure;
use super::request_state::RequestState;
use super::rule::Rule;
use crate::error::Error;

impl AuthFailure {
    /// Why a guard said no to this request, if one did.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<AuthFailure> {
        RequestState::of(request).failure(request)
    }
}

/// A handler may return it. The answer is then that of a guard which failed with this error.
impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        static RULE: Rule = Rule::new("Error", "a handler's answer", file!(), line!());
        let mut failure = AuthFailure::from_error(self, &RULE);
        failure.is_final = true;
        RequestState::of(request).record(request, &failure);
        Err(failure.status())
    }
}
