//! Why a guard said no.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rocket::http::Status;
use rocket::request::Outcome;

use super::denied::Denied;
use super::rule::{Rule, Via};
use crate::error::{Error, InvalidToken, NotExchangeable};

/// The answer of a guard that did not let a request pass: the error type of every guard of this crate.
///
/// Catchers ask for it with [`AuthFailure::of`]:
///
/// ```
/// use logto_rocket::AuthFailure;
/// use rocket::{Request, catch};
///
/// #[catch(403)]
/// fn forbidden(request: &Request<'_>) -> String {
///     match AuthFailure::of(request) {
///         Some(failure) => format!("{}: {}", failure.code(), failure.help()),
///         None => "Forbidden".to_owned(),
///     }
/// }
/// # let _ = forbidden;
/// ```
#[derive(Clone)]
pub struct AuthFailure {
    refusal: Refusal,
    rule: &'static Rule,
    detail: Option<String>,
    /// Whether the route's handler cannot run any more, or has itself returned the error: the attributes' own guards
    /// are never optional.
    pub(super) is_final: bool,
    /// Whether the session's sign-in did not request what the rule needs, and another sign-in would.
    pub(super) is_unrequested: bool,
    pub(super) retry_after: Option<Duration>,
    /// The reasons of the application's own check.
    denied: Option<Arc<Denied>>,
}

/// Rocket logs the error of every failed guard by `Debug`; one line is enough.
impl fmt::Debug for AuthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code(), self.rule.item)
    }
}

refusals! {
    /// Why a guard refused a request. Each reason has a stable code and a status. The page
    /// [`refusals`](crate::refusals) lists them all.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Refusal {
        /// The request has no credentials: no session and no token.
        NotSignedIn: Unauthorized, "not_signed_in", "Sign-in is needed",
            "Sign in, or send an access token in the Authorization header.";
        /// The session was ended, or Logto no longer has its grant.
        SessionEnded: Unauthorized, "session_ended", "The session has ended", "Sign in again.";
        /// The `Authorization` header is malformed, or there is another one besides `Bearer`.
        MalformedCredentials: BadRequest, "malformed_credentials", "The credentials are malformed",
            "Send exactly one Authorization header: `Bearer`, one space, the token.";
        /// The `Authorization` header uses another scheme than `Bearer`, and there is no session that could be accepted.
        UnsupportedScheme: Unauthorized, "unsupported_scheme", "The authentication scheme is not supported",
            "Send the access token with the `Bearer` scheme.";
        /// The route accepts only the other kind of credential.
        CredentialNotAccepted: Unauthorized, "credential_not_accepted",
            "This kind of credential is not accepted here",
            "This route accepts only the other kind of credential: a browser session, or an access token.";
        /// The credential is valid, but lacks a scope.
        InsufficientScope: Forbidden, "insufficient_scope", "A permission is missing",
            "Ask an administrator for a role with the scopes, then sign in again.";
        /// The user lacks a role.
        MissingRole: Forbidden, "missing_role", "A role is missing",
            "Ask an administrator for the role, then sign in again.";
        /// The route requires roles, and access tokens contain none.
        RolesUnknown: Forbidden, "roles_unknown", "An access token contains no roles",
            "Use a browser session, because access tokens contain no roles.";
        /// The sign-in is older than the route allows (RFC 9470).
        StaleSignIn: Unauthorized, "insufficient_user_authentication", "A fresh sign-in is needed",
            "Sign in again to confirm that it is you.";
        /// The application's own check refused the request. A `Denied` may have another status.
        CheckFailed: Forbidden, "check_failed", "The application refused the request",
            "Ask whoever runs this application why.";
        /// The application's own check refused the request with 404 or 410: it does not reveal that the resource exists.
        CheckNotFound: NotFound, "not_found", "Not found", "Check the address.";
        /// The application's own check could not decide, because of an error in it.
        CheckUnavailable: ServiceUnavailable, "check_unavailable", "The application cannot decide at the moment",
            "Try again in a moment. You are still signed in.";
        /// The credential belongs to a machine where a user is required, or the other way round.
        SubjectNotAccepted: Forbidden, "subject_not_accepted", "This kind of caller is not accepted here",
            "This route is for the other kind of caller: a user, or a machine.";
        /// The access token was issued to an application whose tokens are not accepted here (key
        /// `clients`, setting `bearer_clients`). The token is valid, and another token for the same application would be refused as
        /// well: 403, so that the client does not fetch one and try again, as it should after the 401 of RFC 6750
        /// §3.1.
        ClientNotAccepted: Forbidden, "client_not_accepted", "Tokens of this application are not accepted here",
            "Use a token of an application that this API accepts.";
        /// The user is not a member of the organization.
        NotAMember: Forbidden, "not_a_member", "Not a member of the organization",
            "Ask an administrator of the organization for an invitation.";
        /// The token is for another organization or for none.
        WrongOrganization: Forbidden, "wrong_organization", "The token is not for this organization",
            "Use a token for the organization that the request names.";
        /// No organization is selected, or the value is not an organization id.
        NoOrganization: Forbidden, "no_organization", "No organization is selected", "Name an organization.";
        /// Logto's access control denied the token.
        AccessDenied: Forbidden, "access_denied", "Access is denied",
            "Logto's access control denied this. Ask an administrator.";
        /// The sign-in did not grant the API resource or the organizations.
        NotGranted: Forbidden, "not_granted", "The access was not granted at sign-in",
            "Sign out and sign in again, so that the access is granted.";
        /// A page of another site sent the request.
        CrossSiteRequest: Forbidden, "cross_site_request", "The request came from another site",
            "Send the request from a page of this site.";
        /// The application keeps more in the session than the setting `session_data_limit` allows.
        SessionDataTooLarge: PayloadTooLarge, "session_data_too_large", "The session cannot hold more",
            "Remove something that was added before, and try again.";
        /// Logto is needed and unavailable.
        Unavailable: ServiceUnavailable, "logto_unavailable", "The sign-in service cannot be reached",
            "Try again in a moment. You are still signed in.";
        /// The session store is unavailable, so the session cannot be read.
        StoreUnavailable: ServiceUnavailable, "store_unavailable", "Sessions cannot be read at the moment",
            "Try again in a moment. You are still signed in.";
        /// A claim of the caller's token is missing, or does not fit the type that the application reads it as. The log
        /// names both.
        InvalidClaims: InternalServerError, "invalid_claims", "The application cannot read the claims of the token",
            "Tell whoever runs this application. Its log has the details.";
        /// The application is not configured for this route.
        Misconfigured: InternalServerError, "misconfigured", "The application is not set up for this",
            "Tell whoever runs this application. Its log has the details.";
    }
    +
    /// The bearer token is not valid.
    InvalidToken(InvalidToken): Unauthorized, "The access token is not valid";
}

impl AuthFailure {
    pub(super) fn new(refusal: Refusal, rule: &'static Rule) -> Self {
        let detail = match refusal {
            Refusal::InvalidToken(reason) => Some(reason.what().to_owned()),
            _ => None,
        };
        AuthFailure {
            refusal,
            rule,
            detail,
            is_final: false,
            is_unrequested: false,
            retry_after: None,
            denied: None,
        }
    }

    /// The application's own check has refused, and says why.
    pub(super) fn denied(denied: Denied, rule: &'static Rule) -> Self {
        if let Some(cause) = denied.cause() {
            tracing::error!(target: "logto", item = rule.item, "the `check` could not decide, so the request was refused with 503: {cause}");
        }
        let refusal = match denied.status().code {
            404 | 410 => Refusal::CheckNotFound,
            503 => Refusal::CheckUnavailable,
            _ => Refusal::CheckFailed,
        };
        let mut failure = AuthFailure::new(refusal, rule);
        failure.detail = denied.words().map(str::to_owned);
        failure.denied = Some(Arc::new(denied));
        failure
    }

    /// Says more than the reason alone does.
    pub(super) fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Turns what went wrong while a token was fetched for a session into the guard's answer. Only a dead
    /// grant ends the session.
    pub(super) fn from_error(error: Error, rule: &'static Rule) -> Self {
        let refusal = match &error {
            Error::SessionEnded => Refusal::SessionEnded,
            Error::Unavailable(_) => Refusal::Unavailable,
            Error::Store(_) => Refusal::StoreUnavailable,
            Error::NoRefreshToken | Error::NotGranted(_) | Error::NotRequestedAtSignIn { .. } => {
                Refusal::NotGranted
            }
            Error::Refused(refused) => match (refused.status, refused.error.as_str()) {
                (403, "access_denied") => Refusal::NotAMember,
                (_, "access_denied") => Refusal::AccessDenied,
                (_, "insufficient_scope" | "invalid_target" | "invalid_scope") => Refusal::NotGranted,
                // A mistake in the settings, such as a wrong secret: it ends no session.
                _ => Refusal::Unavailable,
            },
            Error::NoOrganization => Refusal::NoOrganization,
            Error::SessionDataTooLarge { .. } => Refusal::SessionDataTooLarge,
            Error::InvalidClaim(_) => Refusal::InvalidClaims,
            Error::ExchangeRefused(refused) => match (refused.status, refused.error.as_str()) {
                (403, "access_denied") => Refusal::NotAMember,
                (_, "invalid_grant" | "access_denied") => Refusal::AccessDenied,
                _ => Refusal::Misconfigured,
            },
            Error::NotExchangeable(NotExchangeable::Session) => Refusal::CredentialNotAccepted,
            Error::NotExchangeable(NotExchangeable::Machine) => Refusal::SubjectNotAccepted,
            Error::NotExchangeable(_) => Refusal::AccessDenied,
            Error::MachineRefused(_)
            | Error::InvalidToken(_)
            | Error::InvalidIdToken(_)
            | Error::Config(_)
            | Error::NoClientCredentials
            | Error::ResourceNotConfigured { .. }
            | Error::SessionsInCookies
            | Error::SessionTooLarge { .. }
            | Error::SessionDataNotJson { .. }
            | Error::ResponseStarted => Refusal::Misconfigured,
        };
        let mut failure = AuthFailure::new(refusal, rule);
        if let Error::Unavailable(unavailable) = &error {
            failure.retry_after = unavailable.retry_after;
        }
        // The operator of the application or of the tenant has to act.
        let is_told = matches!(error, Error::NotExchangeable(_))
            || matches!(
                refusal,
                Refusal::Unavailable
                    | Refusal::StoreUnavailable
                    | Refusal::Misconfigured
                    | Refusal::NotGranted
                    | Refusal::AccessDenied
                    | Refusal::InvalidClaims
            );
        // What the sign-in did not request comes with the next one.
        if is_told && !matches!(error, Error::NotRequestedAtSignIn { .. }) {
            tracing::warn!(target: "logto", item = rule.item, "{error}");
        }
        failure
    }

    /// An anonymous request is forwarded to the next route where the rule says so; one with wrong credentials is not.
    pub(super) fn into_outcome<T>(self) -> Outcome<T, AuthFailure> {
        if self.rule.forwards && self.is_anonymous() {
            Outcome::Forward(self.status())
        } else {
            Outcome::Error((self.status(), self))
        }
    }

    /// Whether nothing was shown that the rule judges. Another authentication scheme may be meant for a proxy.
    pub(super) fn is_anonymous(&self) -> bool {
        match self.refusal {
            Refusal::NotSignedIn => true,
            Refusal::UnsupportedScheme => self.rule.via != Via::Bearer,
            _ => false,
        }
    }

    /// Why.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// A stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// The status of the answer: that of the refusal, or the one that the application's own check has chosen.
    #[must_use]
    pub fn status(&self) -> Status {
        self.denied.as_ref().map_or_else(|| self.refusal.status(), |denied| denied.status())
    }

    /// One line that says what happened.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.refusal.title()
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.refusal.help()
    }

    /// More about the cause, where there is more. Fit to be shown: no secrets, no text of the request.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The scopes that the route asks for: all of `scopes`, then those of which `any_scope` wants one.
    pub fn required_scopes(&self) -> impl Iterator<Item = &'static str> {
        self.rule.named_scopes()
    }

    /// Whether the application's own check has chosen another status than the refusal has.
    pub(super) fn has_own_status(&self) -> bool {
        self.status() != self.refusal.status()
    }

    /// What the application's own check has said.
    pub(super) fn denied_by_check(&self) -> Option<&Denied> {
        self.denied.as_deref()
    }

    pub(super) fn rule(&self) -> &'static Rule {
        self.rule
    }
}
