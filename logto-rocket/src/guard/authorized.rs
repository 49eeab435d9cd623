//! The hidden guard that a function's attribute inserts, and the guard that a struct's attribute makes.

use std::any::TypeId;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use super::authorize::{authorize, with_scopes_of};
use super::failure::AuthFailure;
use super::identity::Identity;
use super::launch::refuses_guard;
use super::request_session::RequestSession;
use super::request_state::RequestState;
use super::rule::{Requirement, Rule};
use crate::logto::Logto;
use crate::session::CachedToken;

/// A future in a box, as `async_trait` writes it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request that was let in under a rule, and what came to light on the way.
pub struct Granted<'r> {
    pub(super) logto: &'r Logto,
    pub(super) rule: &'static Rule,
    identity: Identity,
    pub(super) request_session: Option<Arc<RequestSession>>,
    pub(super) token: Option<CachedToken>,
}

impl<'r> Granted<'r> {
    pub(super) fn new(
        logto: &'r Logto,
        rule: &'static Rule,
        identity: Identity,
        request_session: Option<Arc<RequestSession>>,
    ) -> Self {
        Granted { logto, rule, identity, request_session, token: None }
    }

    pub(super) fn with_token(mut self, token: Option<CachedToken>) -> Self {
        self.token = token;
        self
    }

    /// What the request keeps of it, for whatever asks under the same rule once more.
    fn kept(&self) -> Kept {
        Kept {
            identity: self.identity.clone(),
            request_session: self.request_session.clone(),
            token: self.token.clone(),
        }
    }

    /// Who was let in.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// [`Granted`], without what the request knows anyway.
#[derive(Clone)]
pub(super) struct Kept {
    identity: Identity,
    request_session: Option<Arc<RequestSession>>,
    token: Option<CachedToken>,
}

/// Decides under the rule of `R` once for a request and its route: a token parameter, a guard of the application's own
/// and a second parameter of the same type find what the first has found, and the user's own question is asked once.
pub(super) async fn decide_once<'r>(
    request: &'r Request<'_>,
    requirement: TypeId,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let state = RequestState::of(request);
    match (state.decision(request, requirement), request.rocket().state::<Logto>()) {
        (Some(Ok(Kept { identity, request_session, token })), Some(logto)) => {
            Ok(Granted::new(logto, rule, identity, request_session).with_token(token))
        }
        (Some(Err(failure)), _) => {
            state.record(request, &failure);
            Err(failure)
        }
        _ => {
            let decision = authorize(request, rule).await;
            let kept = decision.as_ref().map(Granted::kept).map_err(AuthFailure::clone);
            state.keep_decision(request, requirement, kept);
            decision
        }
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
        Box::pin(LetIn {
            decision: let_in(request, TypeId::of::<R>(), const { &R::RULE }),
            rule: PhantomData,
        })
    }
}

fn let_in<'f, 'r: 'f, 'l: 'f>(
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
        refuses_guard::<Self, R>(rocket)
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
        Box::pin(async move {
            let identity = granted.identity.clone();
            match &granted.request_session {
                Some(request_session) => {
                    with_scopes_of(request_session, granted.logto, identity, granted.rule).await
                }
                None => Ok(identity),
            }
        })
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
