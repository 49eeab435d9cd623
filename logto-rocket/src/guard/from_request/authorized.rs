//! The guard that a function's attribute inserts.

use std::any::TypeId;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::guard::authorize::decide_once;
use crate::guard::failure::AuthFailure;
use crate::guard::launch::refuses_guard;
use crate::guard::request_state::RequestState;
use crate::guard::rule::{BoxFuture, Requirement, Rule};

/// The guard that an attribute on a function inserts as its first parameter.
pub struct Authorized<R>(PhantomData<fn() -> R>);

impl<R> std::fmt::Debug for Authorized<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorized")
    }
}

/// Written out, where `async_trait` would make a state machine for each route: the compiler then has one of
/// them to translate, and per route no more than this.
impl<'r, R: Requirement> FromRequest<'r> for Authorized<R> {
    type Error = AuthFailure;

    fn from_request<'l, 'f>(request: &'r Request<'l>) -> BoxFuture<'f, Outcome<Self, AuthFailure>>
    where
        'r: 'f,
        'l: 'f,
    {
        Box::pin(AuthorizedFuture {
            decision: authorize_once(request, TypeId::of::<R>(), const { &R::RULE }),
            rule: PhantomData,
        })
    }
}

fn authorize_once<'f, 'r: 'f, 'l: 'f>(
    request: &'r Request<'l>,
    requirement: TypeId,
    rule: &'static Rule,
) -> BoxFuture<'f, Outcome<(), AuthFailure>> {
    Box::pin(async move {
        match decide_once(request, requirement, rule).await {
            Ok(_) => Outcome::Success(()),
            Err(mut failure) => {
                failure.is_final = true;
                RequestState::of(request).record(request, &failure);
                failure.into_outcome()
            }
        }
    })
}

struct AuthorizedFuture<'f, R> {
    decision: BoxFuture<'f, Outcome<(), AuthFailure>>,
    rule: PhantomData<fn() -> R>,
}

impl<R> Future for AuthorizedFuture<'_, R> {
    type Output = Outcome<Authorized<R>, AuthFailure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.decision.as_mut().poll(context).map(|outcome| outcome.map(|()| Authorized(PhantomData)))
    }
}

impl<R: Requirement> Sentinel for Authorized<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        refuses_guard::<Self, R>(rocket)
    }
}
