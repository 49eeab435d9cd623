//! Why a guard said no.

use std::fmt;
use std::time::Duration;

use rocket::Request;
use rocket::http::Status;
use rocket::request::Outcome;
use rocket::response::{self, Responder};

use super::request_state::RequestState;
use super::rule::Rule;
use crate::error::{Error, InvalidToken};

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
    /// Whether no handler can have run: nobody can make the attributes' own guards optional.
    pub(super) is_final: bool,
    pub(super) retry_after: Option<Duration>,
}

/// Rocket logs the error of every failed guard by `Debug`; one line is enough.
impl fmt::Debug for AuthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code(), self.rule.item)
    }
}

/// The reasons for which a guard says no. Each has one stable code and one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing was presented: no session, no token.
    NotSignedIn,
    /// The session is gone at Logto, or was ended.
    SessionEnded,
    /// The `Authorization` header cannot be understood, or there are several.
    MalformedCredentials,
    /// The `Authorization` header uses another scheme than `Bearer`.
    UnsupportedScheme,
    /// The route accepts only the other kind of credential.
    CredentialNotAccepted,
    /// The bearer token must not be trusted.
    InvalidToken(InvalidToken),
    /// The credential is good, but does not allow this.
    InsufficientScope,
    /// A role is missing.
    MissingRole,
    /// The route asks for roles, and an access token tells none.
    RolesUnknown,
    /// The sign-in is not as fresh as the route asks (RFC 9470).
    StaleSignIn,
    /// The application's own check said no.
    CheckFailed,
    /// The credential belongs to a machine where a person is asked for, or the other way round.
    SubjectNotAccepted,
    /// The person is not a member of the organization.
    NotAMember,
    /// The token is for another organization, or for none.
    WrongOrganization,
    /// No organization is chosen, or the id is none.
    NoOrganization,
    /// Logto's access control denies the token.
    AccessDenied,
    /// The sign-in did not grant the API resource or the organizations.
    NotGranted,
    /// A page of another site sent the request.
    CrossSiteRequest,
    /// Logto is needed for the answer and cannot be reached.
    Unavailable,
    /// The session store does not answer, so nobody can tell who this is.
    StoreUnavailable,
    /// The application is not set up to answer this.
    Misconfigured,
}

impl Refusal {
    /// A stable identifier, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NotSignedIn => "not_signed_in",
            Refusal::SessionEnded => "session_ended",
            Refusal::MalformedCredentials => "malformed_credentials",
            Refusal::UnsupportedScheme => "unsupported_scheme",
            Refusal::CredentialNotAccepted => "credential_not_accepted",
            Refusal::InvalidToken(reason) => reason.code(),
            Refusal::InsufficientScope => "insufficient_scope",
            Refusal::MissingRole => "missing_role",
            Refusal::RolesUnknown => "roles_unknown",
            Refusal::StaleSignIn => "insufficient_user_authentication",
            Refusal::CheckFailed => "check_failed",
            Refusal::SubjectNotAccepted => "subject_not_accepted",
            Refusal::NotAMember => "not_a_member",
            Refusal::WrongOrganization => "wrong_organization",
            Refusal::NoOrganization => "no_organization",
            Refusal::AccessDenied => "access_denied",
            Refusal::NotGranted => "not_granted",
            Refusal::CrossSiteRequest => "cross_site_request",
            Refusal::Unavailable => "logto_unavailable",
            Refusal::StoreUnavailable => "store_unavailable",
            Refusal::Misconfigured => "misconfigured",
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Refusal::NotSignedIn
            | Refusal::SessionEnded
            | Refusal::UnsupportedScheme
            | Refusal::CredentialNotAccepted
            | Refusal::StaleSignIn
            | Refusal::InvalidToken(_) => Status::Unauthorized,
            Refusal::MalformedCredentials => Status::BadRequest,
            Refusal::InsufficientScope
            | Refusal::MissingRole
            | Refusal::RolesUnknown
            | Refusal::CheckFailed
            | Refusal::SubjectNotAccepted
            | Refusal::NotAMember
            | Refusal::WrongOrganization
            | Refusal::NoOrganization
            | Refusal::AccessDenied
            | Refusal::NotGranted
            | Refusal::CrossSiteRequest => Status::Forbidden,
            Refusal::Unavailable | Refusal::StoreUnavailable => Status::ServiceUnavailable,
            Refusal::Misconfigured => Status::InternalServerError,
        }
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Refusal::NotSignedIn => "Sign in, or send an access token in the Authorization header.",
            Refusal::SessionEnded => "Sign in again.",
            Refusal::MalformedCredentials => {
                "Send exactly one Authorization header: `Bearer`, one space, the token."
            }
            Refusal::UnsupportedScheme => "Send the access token with the `Bearer` scheme.",
            Refusal::CredentialNotAccepted => {
                "This route takes only the other kind of credential: a browser session, or an access token."
            }
            Refusal::InvalidToken(reason) => reason.help(),
            Refusal::InsufficientScope => {
                "Ask an administrator for a role that brings the scopes, then sign in again."
            }
            Refusal::MissingRole => "Ask an administrator for the role, then sign in again.",
            Refusal::RolesUnknown => "Use a browser session: an access token does not tell roles.",
            Refusal::StaleSignIn => "Sign in once more to show that it is you.",
            Refusal::CheckFailed => "Ask whoever runs this application why.",
            Refusal::SubjectNotAccepted => {
                "This route is for the other kind of caller: a person, or a machine."
            }
            Refusal::NotAMember => "Ask an administrator of the organization for an invitation.",
            Refusal::WrongOrganization => "Use a token for the organization that the request names.",
            Refusal::NoOrganization => "Name an organization.",
            Refusal::AccessDenied => "Logto's access control denies this; ask an administrator.",
            Refusal::NotGranted => "Sign out and sign in again, so that the access is granted.",
            Refusal::CrossSiteRequest => "Send the request from a page of this site.",
            Refusal::Unavailable | Refusal::StoreUnavailable => {
                "Try again in a moment. You are still signed in."
            }
            Refusal::Misconfigured => "Tell whoever runs this application; its log says more.",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Refusal::NotSignedIn => "Sign-in is needed",
            Refusal::SessionEnded => "The session has ended",
            Refusal::MalformedCredentials => "The credentials cannot be understood",
            Refusal::UnsupportedScheme => "The authentication scheme is not supported",
            Refusal::CredentialNotAccepted => "This kind of credential is not accepted here",
            Refusal::InvalidToken(_) => "The access token is not valid",
            Refusal::InsufficientScope => "A permission is missing",
            Refusal::MissingRole => "A role is missing",
            Refusal::RolesUnknown => "Roles cannot be told from an access token",
            Refusal::StaleSignIn => "A fresh sign-in is needed",
            Refusal::CheckFailed => "The application says no",
            Refusal::SubjectNotAccepted => "This kind of caller is not accepted here",
            Refusal::NotAMember => "Not a member of the organization",
            Refusal::WrongOrganization => "The token is not for this organization",
            Refusal::NoOrganization => "No organization is chosen",
            Refusal::AccessDenied => "Access is denied",
            Refusal::NotGranted => "The access was not granted at sign-in",
            Refusal::CrossSiteRequest => "The request came from another site",
            Refusal::Unavailable => "The sign-in service cannot be reached",
            Refusal::StoreUnavailable => "Sessions cannot be read at the moment",
            Refusal::Misconfigured => "The application is not set up for this",
        }
    }
}

/// A handler may return it: the answer is that of a guard which had met the same trouble.
impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        static RULE: Rule = Rule::new("Error", "a handler's answer", file!(), line!());
        let failure = AuthFailure::from_error(self, &RULE);
        RequestState::of(request).record(&failure);
        Err(failure.status())
    }
}

impl AuthFailure {
    pub(super) fn new(refusal: Refusal, rule: &'static Rule) -> Self {
        AuthFailure { refusal, rule, detail: None, is_final: false, retry_after: None }
    }

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
            Error::NoRefreshToken => Refusal::NotGranted,
            Error::Refused(refused) => match (refused.status, refused.error.as_str()) {
                (403, "access_denied") => Refusal::NotAMember,
                (_, "access_denied") => Refusal::AccessDenied,
                (_, "insufficient_scope" | "invalid_target" | "invalid_scope") => Refusal::NotGranted,
                // The operator's mistake, such as a wrong secret: nobody is signed out for it.
                _ => Refusal::Unavailable,
            },
            Error::NoOrganization => Refusal::NoOrganization,
            Error::ExchangeRefused(refused) => match (refused.status, refused.error.as_str()) {
                (403, "access_denied") => Refusal::NotAMember,
                (_, "invalid_grant" | "access_denied") => Refusal::AccessDenied,
                _ => Refusal::Misconfigured,
            },
            Error::MachineRefused(_)
            | Error::InvalidToken(_)
            | Error::Config(_)
            | Error::SessionsInCookies
            | Error::SessionTooLarge { .. } => Refusal::Misconfigured,
        };
        let mut failure = AuthFailure::new(refusal, rule);
        if let Error::Unavailable(unavailable) = &error {
            failure.retry_after = unavailable.retry_after;
        }
        let is_ours = matches!(
            refusal,
            Refusal::Unavailable | Refusal::StoreUnavailable | Refusal::Misconfigured | Refusal::NotGranted
        );
        if is_ours {
            tracing::warn!(target: "logto", item = rule.item, "{error}; {}", error.help());
        }
        failure
    }

    /// An anonymous caller goes on to the next route where the rule says so; whoever has shown something
    /// wrong does not.
    pub(super) fn into_outcome<T>(self) -> Outcome<T, AuthFailure> {
        if self.rule.forwards && self.refusal == Refusal::NotSignedIn {
            Outcome::Forward(self.status())
        } else {
            Outcome::Error((self.status(), self))
        }
    }

    /// What a guard recorded for this request, if one said no.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<AuthFailure> {
        RequestState::of(request).failure()
    }

    /// Why.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// A stable identifier, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Status {
        self.refusal.status()
    }

    /// One line that says what happened.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.refusal.title()
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.refusal.help()
    }

    /// More about the cause, where there is more. Fit to be shown: no secrets, no text of the request.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The scopes that the route asks for.
    pub fn required_scopes(&self) -> impl Iterator<Item = &'static str> {
        self.rule.named_scopes()
    }

    pub(super) fn rule(&self) -> &'static Rule {
        self.rule
    }
}
