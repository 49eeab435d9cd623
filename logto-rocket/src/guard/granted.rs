//! What an authorized request is known to be, and what can be filled from it.

use std::sync::Arc;

use super::caller::Caller;
use super::check::Loaded;
use super::failure::AuthFailure;
use super::headers;
use super::identity::{Credential, Identity};
use super::request_session::RequestSession;
use super::request_view::RequestView;
use super::rule::{BoxFuture, Rule};
use crate::bearer::BearerHeader;
use crate::logto::{Logto, WebApp};
use crate::session::CachedToken;

/// The result of an authorization: the rule, the caller, and the session and token that the decision used.
pub struct Granted<'r> {
    pub(super) rule: &'static Rule,
    decided: Arc<Decided>,
    logto: &'r Logto,
    request: &'r (dyn RequestView + 'r),
}

/// What was decided, without borrows. The request state and all guards of the route share it.
pub(super) struct Decided {
    pub(super) identity: Identity,
    /// `None` for the bearer of an access token.
    pub(super) request_session: Option<Arc<RequestSession>>,
    pub(super) token: Option<CachedToken>,
    /// What the check has loaded.
    pub(super) loaded: Option<Loaded>,
}

/// The session that was let in, and the application that it is a session of.
#[derive(Clone, Copy)]
pub(super) struct GrantedSession<'g, 'r> {
    pub(super) request_session: &'g Arc<RequestSession>,
    pub(super) web_app: &'r WebApp,
}

impl<'r> Granted<'r> {
    pub(super) fn new(
        request: &'r (dyn RequestView + 'r),
        logto: &'r Logto,
        rule: &'static Rule,
        decided: Arc<Decided>,
    ) -> Self {
        Granted { rule, decided, logto, request }
    }

    /// For the request state.
    pub(super) fn decided(&self) -> &Arc<Decided> {
        &self.decided
    }

    /// Who was let in, without the bearer token, which is copied for handlers alone.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.decided.identity
    }

    /// Who was let in, for a handler: it can exchange the bearer token, which is copied from the request for that.
    pub(super) fn handed_over(&self) -> Identity {
        let mut identity = self.decided.identity.clone();
        if let (None, BearerHeader::Token(token)) =
            (&identity.caller, headers::authorization(self.request.headers()))
            && identity.via == Credential::Bearer
        {
            identity.caller = Some(Arc::new(Caller::new(&self.logto.0.exchanges, token)));
        }
        identity
    }

    /// `None` for the bearer of an access token.
    pub(super) fn session(&self) -> Option<GrantedSession<'_, 'r>> {
        let request_session = self.decided.request_session.as_ref()?;
        Some(GrantedSession { request_session, web_app: self.logto.web_app()? })
    }

    pub(super) fn token(&self) -> Option<&CachedToken> {
        self.decided.token.as_ref()
    }

    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.decided.loaded.as_ref()
    }
}

/// What a field of a guard struct can be filled with: [`Identity`], [`User`](crate::User),
/// [`AccessToken`](crate::AccessToken), [`OrgToken`](crate::OrgToken), [`Checked`](crate::Checked),
/// [`Claims`](crate::Claims).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be filled from an authorized request",
    label = "not something a guard knows",
    note = "fields of a guard struct can be `Identity`, `User`, `AccessToken`, `OrgToken`, `Checked<T>` or `Claims<T>`"
)]
pub trait FromAuthorized: Sized + Send {
    /// The value, for a request that was let in.
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>>;
}
