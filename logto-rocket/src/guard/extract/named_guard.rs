//! The guard that a struct's attribute makes.

use std::any::TypeId;

use rocket::Request;
use rocket::request::Outcome;

use crate::guard::authorize::decide_once;
use crate::guard::failure::AuthFailure;
use crate::guard::granted::Granted;
use crate::guard::request_state::RequestState;
use crate::guard::rule::{BoxFuture, Requirement};

/// A struct under an attribute.
pub trait NamedGuard: Requirement + Sized {
    /// The struct, its fields filled.
    fn fill<'a, 'r: 'a>(granted: &'a Granted<'r>) -> BoxFuture<'a, Result<Self, AuthFailure>>;
}

/// What `FromRequest` of a guard struct does.
pub fn named_guard<'f, 'r: 'f, 'l: 'f, G: NamedGuard + Send>(
    request: &'r Request<'l>,
) -> BoxFuture<'f, Outcome<G, AuthFailure>> {
    Box::pin(async move {
        let filled = match decide_once(request, TypeId::of::<G>(), const { &G::RULE }).await {
            Ok(granted) => G::fill(&granted).await,
            Err(failure) => Err(failure),
        };
        match filled {
            Ok(guard) => Outcome::Success(guard),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                failure.into_outcome()
            }
        }
    })
}
