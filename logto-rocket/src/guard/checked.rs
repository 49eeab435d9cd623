//! What a check has loaded, as a parameter of handlers.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use super::authorize::decide_once;
use super::failure::{AuthFailure, Refusal};
use super::granted::{FromAuthorized, Granted};
use super::launch::refuses_guard;
use super::request_state::RequestState;
use super::rule::{BoxFuture, Requirement};
use super::tokens::Unbound;

/// What the [`check`](crate::attributes#check) of the attribute has loaded: the `T` of its `Result<T, Denied>`.
///
/// The check runs once, after everything else has admitted the caller, and what it has found is not looked up again.
/// The attribute binds the parameter. Without an attribute with such a `check`, or with another type, the code does
/// not compile.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{Checked, Denied, Identity, require_auth};
/// use rocket::Request;
/// use rocket::http::Status;
///
/// struct Order { owner: String, item: String }
///
/// /// An order of somebody else's is not found, and neither is one that does not exist.
/// async fn own_order(who: &Identity, request: &Request<'_>) -> Result<Order, Denied> {
///     let id = request.param::<u64>(1).and_then(Result::ok).ok_or(Denied::new(Status::NotFound))?;
///     let order = Order { owner: "alice".to_owned(), item: format!("teapot {id}") }; // a database is asked here
///     if order.owner == who.subject() { Ok(order) } else { Err(Denied::new(Status::NotFound)) }
/// }
///
/// #[require_auth(check = own_order)]
/// #[get("/orders/<id>")]
/// fn order(id: u64, order: Checked<Order>) -> String {
///     format!("{id}: {}", order.item)
/// }
/// # fn main() {}
/// ```
///
/// As a field of a struct with an attribute it is filled likewise.
pub struct Checked<T, B = Unbound> {
    value: Arc<T>,
    binding: PhantomData<fn() -> B>,
}

/// A `Checked` that an attribute has bound. Implemented by the attributes, never by hand.
#[diagnostic::on_unimplemented(
    message = "this `Checked` does not know which check has loaded it",
    label = "no attribute has bound this parameter",
    note = "put an attribute with `check = ..` above the route attribute, with a function that returns `Result<{T}, Denied>`"
)]
pub trait CheckedBy<T>: Requirement {}

impl<T, B> Checked<T, B> {
    /// The value itself, where it can be cloned: the request keeps one too.
    #[must_use]
    pub fn into_inner(self) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(self.value)
    }

    #[doc(hidden)]
    #[must_use]
    pub fn __unbind(self) -> Checked<T> {
        Checked { value: self.value, binding: PhantomData }
    }
}

impl<T, B> Deref for Checked<T, B> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, B> Clone for Checked<T, B> {
    fn clone(&self) -> Self {
        Checked { value: Arc::clone(&self.value), binding: PhantomData }
    }
}

/// Without the value, which is the application's.
impl<T, B> fmt::Debug for Checked<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked(..)")
    }
}

impl<T: Send + Sync + 'static, B> Checked<T, B> {
    fn of(granted: &Granted<'_>) -> Result<Self, AuthFailure> {
        match granted.loaded().map(Arc::clone).map(Arc::downcast) {
            Some(Ok(value)) => Ok(Checked { value, binding: PhantomData }),
            _ => {
                tracing::error!(target: "logto", item = granted.rule.item, "the attribute's `check` did not load a value of the type that a field needs; change the field or the check");
                Err(AuthFailure::new(Refusal::Misconfigured, granted.rule))
            }
        }
    }
}

#[rocket::async_trait]
impl<'r, T: Send + Sync + 'static, B: CheckedBy<T>> FromRequest<'r> for Checked<T, B> {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        // The hidden guard has decided already.
        let decision = decide_once(request, TypeId::of::<B>(), const { &B::RULE }).await;
        match decision.and_then(|granted| Checked::of(&granted)) {
            Ok(checked) => Outcome::Success(checked),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                Outcome::Error((failure.status(), failure))
            }
        }
    }
}

impl<T: 'static, R: Requirement> Sentinel for Checked<T, R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        refuses_guard::<Self, R>(rocket)
    }
}

impl<T: Send + Sync + 'static> FromAuthorized for Checked<T> {
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
        Box::pin(std::future::ready(Checked::of(granted)))
    }
}
