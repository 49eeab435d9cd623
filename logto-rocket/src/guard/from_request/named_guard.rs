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
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot guard a whole mount",
    label = "not a struct with `#[require_auth]`, `#[with_access_token]` or `#[with_org_token]`",
    note = "write `#[require_auth(..)] struct Guard;` and `guarded::<Guard>(..)`"
)]
// `Send` is proven once for each struct here, and not in each generated function that needs it: those have bounds of their
// own, under which the compiler keeps no proof.
pub trait NamedGuard: Requirement + Sized + Send {
    /// The struct, its fields filled.
    fn fill<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>>;
}

/// What `FromRequest` of a guard struct does.
pub fn named_guard<'f, 'r: 'f, 'l: 'f, G: NamedGuard>(
    request: &'r Request<'l>,
) -> BoxFuture<'f, Outcome<G, AuthFailure>> {
    Box::pin(async move {
        match fill_once::<G>(request).await {
            Ok(guard) => Outcome::Success(guard),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                failure.into_outcome()
            }
        }
    })
}

/// Whether the guard `G` admits the request to a route that cannot run without it.
pub(in crate::guard) async fn admit<G: NamedGuard>(request: &Request<'_>) -> Outcome<(), AuthFailure> {
    match fill_once::<G>(request).await {
        Ok(_) => Outcome::Success(()),
        Err(mut failure) => {
            failure.is_final = true;
            RequestState::of(request).record(request, &failure);
            failure.into_outcome()
        }
    }
}

async fn fill_once<G: NamedGuard>(request: &Request<'_>) -> Result<G, AuthFailure> {
    let granted = decide_once(request, TypeId::of::<G>(), const { &G::RULE }).await?;
    G::fill(&granted).await
}
