//! The hidden guard that a function's attribute inserts, and the guard that a struct's attribute makes.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use super::authorize::authorize;
use super::failure::AuthFailure;
use super::identity::Identity;
use super::launch::refuses_to_launch;
use super::request_state::RequestState;
use super::rule::{Requirement, Rule};
use super::session_slot::SessionSlot;
use crate::logto::Logto;
use crate::session::HeldToken;

/// A future in a box, as `async_trait` writes it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request that was let in under a rule, and what came to light on the way.
pub struct Granted<'r> {
    pub(super) request: &'r Request<'r>,
    pub(super) logto: &'r Logto,
    pub(super) rule: &'static Rule,
    identity: Identity,
    pub(super) slot: Option<Arc<SessionSlot>>,
    pub(super) token: Option<HeldToken>,
}

impl<'r> Granted<'r> {
    pub(super) fn new(
        request: &'r Request<'_>,
        logto: &'r Logto,
        rule: &'static Rule,
        identity: Identity,
        slot: Option<Arc<SessionSlot>>,
    ) -> Self {
        Granted { request, logto, rule, identity, slot, token: None }
    }

    pub(super) fn with_token(mut self, token: Option<HeldToken>) -> Self {
        self.token = token;
        self
    }

    /// Who was let in.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

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
        Box::pin(LetIn { decision: let_in(request, const { &R::RULE }), rule: PhantomData })
    }
}

fn let_in<'f, 'r: 'f, 'l: 'f>(
    request: &'r Request<'l>,
    rule: &'static Rule,
) -> BoxFuture<'f, Outcome<(), AuthFailure>> {
    Box::pin(async move {
        match authorize(request, rule).await {
            Ok(_) => Outcome::Success(()),
            Err(mut failure) => {
                failure.is_final = true;
                RequestState::of(request).record(request, &failure);
                failure.into_outcome()
            }
        }
    })
}

struct LetIn<'f, R> {
    decision: BoxFuture<'f, Outcome<(), AuthFailure>>,
    rule: PhantomData<fn() -> R>,
}

impl<R> Future for LetIn<'_, R> {
    type Output = Outcome<Authorized<R>, AuthFailure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.decision.as_mut().poll(context).map(|outcome| outcome.map(|()| Authorized(PhantomData)))
    }
}

impl<R: Requirement> Sentinel for Authorized<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        refuses_to_launch::<R>(rocket)
    }
}

/// What a field of a guard struct can be filled with: [`Identity`], [`User`](crate::User),
/// [`AccessToken`](crate::AccessToken), [`OrgToken`](crate::OrgToken).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be filled from an authorized request",
    label = "not something a guard knows",
    note = "fields of a guard struct can be `Identity`, `User`, `AccessToken` or `OrgToken`"
)]
pub trait FromAuthorized: Sized + Send {
    /// The value, for a request that was let in.
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>>;
}

impl FromAuthorized for Identity {
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
        let identity = granted.identity.clone();
        Box::pin(super::authorize::with_scopes(granted.request, identity, granted.rule))
    }
}

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
        let filled = match authorize(request, const { &G::RULE }).await {
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
