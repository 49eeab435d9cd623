//! The errors of the account as responses.

use rocket::Request;
use rocket::http::Status;
use rocket::response::{self, Responder, Response};

use crate::guard::problem::{Problem, write_problem};
use crate::oidc::account::AccountError;

impl AccountError {
    /// The status of the response if a handler returns the error. It is never 401, which would say that the user is not
    /// signed in. Of [`Failed`](Self::Failed), `None`: the response is that of the [`Error`](crate::Error) in it.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        Some(match self {
            AccountError::NotEnabled
            | AccountError::FieldNotEnabled
            | AccountError::FieldNotEditable
            | AccountError::ThirdPartyApplication
            | AccountError::MissingScope { .. }
            | AccountError::FactorNotEnabled
            | AccountError::VerificationNeeded => Status::Forbidden,
            AccountError::AddressNotVerified
            | AccountError::WrongPassword
            | AccountError::WrongCode
            | AccountError::CodeExpired
            | AccountError::PasswordRejected { .. }
            | AccountError::SamePassword
            | AccountError::AlreadyInUse
            | AccountError::FactorAlreadySetUp
            | AccountError::BackupCodesAlone
            | AccountError::InvalidInput { .. } => Status::UnprocessableEntity,
            AccountError::NotFound => Status::NotFound,
            AccountError::ProviderTokenNotFound | AccountError::ProviderTokenExpired => Status::Conflict,
            AccountError::NoConnector => Status::NotImplemented,
            AccountError::Refused { .. } => Status::BadGateway,
            AccountError::Failed(_) => return None,
        })
    }
}

/// A handler may return it. The response is a problem document (RFC 9457) with the code; of
/// [`Failed`](AccountError::Failed), that of the [`Error`](crate::Error) in it.
impl<'r> Responder<'r, 'static> for AccountError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let error = match self {
            AccountError::Failed(error) => return error.respond_to(request),
            error => error,
        };
        let status = error.status().unwrap_or(Status::InternalServerError);
        // The operator of the application or of the tenant has to act.
        if matches!(
            error,
            AccountError::NotEnabled
                | AccountError::FieldNotEnabled
                | AccountError::FieldNotEditable
                | AccountError::ThirdPartyApplication
                | AccountError::MissingScope { .. }
                | AccountError::FactorNotEnabled
                | AccountError::NoConnector
                | AccountError::Refused { .. }
        ) {
            tracing::warn!(target: "logto", code = error.code(), "a call to the Account API was refused: {error}");
        }
        let mut response = Response::new();
        response.set_status(status);
        let detail = error.to_string();
        write_problem(
            &mut response,
            Problem::new(status, error.code(), "The account cannot be used like this", &detail).to_json(),
        );
        Ok(response)
    }
}
