//! What a decision is about.

use rocket::Request;

use crate::guard::request_state::RequestState;
use crate::guard::rule::Rule;
use crate::logto::Logto;

/// A request to a guarded route, with what is known of the request, the application, and the rule of the guard.
#[derive(Clone, Copy)]
pub(super) struct GuardedRequest<'r, 'q> {
    pub(super) request: &'r Request<'q>,
    pub(super) state: &'r RequestState,
    pub(super) logto: &'r Logto,
    pub(super) rule: &'static Rule,
}
