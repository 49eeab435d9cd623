//! What an authorized request is known to be, and what can be filled from it.

use std::sync::Arc;

use super::check::Loaded;
use super::failure::AuthFailure;
use super::identity::Identity;
use super::request_session::RequestSession;
use super::rule::{BoxFuture, Rule};
use crate::logto::{Logto, WebApp};
use crate::session::CachedToken;

/// The result of an authorization: the rule, the caller, and the session and token that the decision used.
pub struct Granted<'r> {
    pub(super) rule: &'static Rule,
    identity: Identity,
    /// `None` for the bearer of an access token.
    pub(super) session: Option<GrantedSession<'r>>,
    pub(super) token: Option<CachedToken>,
    /// What the check has loaded.
    pub(super) loaded: Option<Loaded>,
}

/// The session that was let in, and the application that it is a session of.
pub(super) struct GrantedSession<'r> {
    pub(super) request_session: Arc<RequestSession>,
    pub(super) web_app: &'r WebApp,
}

impl<'r> Granted<'r> {
    pub(super) fn new(rule: &'static Rule, identity: Identity, session: Option<GrantedSession<'r>>) -> Self {
        Granted { rule, identity, session, token: None, loaded: None }
    }

    pub(super) fn with_token(mut self, token: Option<CachedToken>) -> Self {
        self.token = token;
        self
    }

    pub(super) fn with_loaded(mut self, loaded: Option<Loaded>) -> Self {
        self.loaded = loaded;
        self
    }

    /// What the request state keeps of it, for another guard of the route with the same rule.
    pub(super) fn parts(&self) -> GrantedParts {
        GrantedParts {
            identity: self.identity.clone(),
            request_session: self.session.as_ref().map(|session| Arc::clone(&session.request_session)),
            token: self.token.clone(),
            loaded: self.loaded.clone(),
        }
    }

    /// Puts the parts that the request state has kept together with the rule that they were found under.
    pub(super) fn from_parts(logto: &'r Logto, rule: &'static Rule, parts: GrantedParts) -> Self {
        let GrantedParts { identity, request_session, token, loaded } = parts;
        let session = request_session
            .zip(logto.web_app())
            .map(|(request_session, web_app)| GrantedSession { request_session, web_app });
        Granted { rule, identity, session, token, loaded }
    }

    /// Who was let in.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// [`Granted`] without its borrows, as the request state keeps it.
#[derive(Clone)]
pub(super) struct GrantedParts {
    identity: Identity,
    request_session: Option<Arc<RequestSession>>,
    token: Option<CachedToken>,
    loaded: Option<Loaded>,
}

/// What a field of a guard struct can be filled with: [`Identity`], [`User`](crate::User),
/// [`AccessToken`](crate::AccessToken), [`OrgToken`](crate::OrgToken), [`Checked`](crate::Checked).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be filled from an authorized request",
    label = "not something a guard knows",
    note = "fields of a guard struct can be `Identity`, `User`, `AccessToken`, `OrgToken` or `Checked<T>`"
)]
pub trait FromAuthorized: Sized + Send {
    /// The value, for a request that was let in.
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>>;
}
