//! Why a call to the Account API failed.

mod refusal;

use std::fmt;

pub(super) use refusal::Refusal;

use crate::error::{Error, Unavailable};

/// Why a call to Logto's Account API failed.
///
/// It prints as one line: what happened, then what to do about it ([`help`](Self::help)). Codes are stable, texts are
/// not. None of the errors ends the session, except for `Failed` with [`Error::SessionEnded`].
///
/// ```
/// use logto_rocket::AccountError;
///
/// let error = AccountError::MissingScope { scope: "urn:logto:scope:sessions" };
/// assert_eq!(error.code(), "account_missing_scope");
/// assert!(error.to_string().contains("urn:logto:scope:sessions"));
/// assert!(error.to_string().ends_with(error.help()));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountError {
    /// The account center of the tenant is off, as it is in a new tenant.
    NotEnabled,
    /// The account center does not show this part of the account.
    FieldNotEnabled,
    /// The account center does not let users change this part of the account.
    FieldNotEditable,
    /// The application is a third-party application, which may read accounts and not change them.
    ThirdPartyApplication,
    /// The sign-in did not grant a scope that the call needs.
    MissingScope {
        /// The scope.
        scope: &'static str,
    },
    /// The call needs a [`Verification`](crate::Verification), and it has none, or one that is older than ten minutes
    /// or another user's.
    VerificationNeeded,
    /// The new address has not been verified with a code, or too long ago.
    AddressNotVerified,
    /// The password is wrong.
    WrongPassword,
    /// The verification code is wrong, or that of the authenticator app.
    WrongCode,
    /// The verification code has expired, or was tried too often.
    CodeExpired,
    /// The tenant's policy rejects the new password.
    PasswordRejected {
        /// Logto's reasons, such as `too_short`.
        reasons: Vec<String>,
    },
    /// The new password is the present one.
    SamePassword,
    /// The username, the e-mail address, the phone number or the social account belongs to another user.
    AlreadyInUse,
    /// The user has such a factor already.
    FactorAlreadySetUp,
    /// The tenant has not enabled this factor of multi-factor authentication.
    FactorNotEnabled,
    /// Backup codes cannot be the only factor.
    BackupCodesAlone,
    /// A value does not have the required form, or there is nothing to change.
    InvalidInput {
        /// The member that is invalid, where Logto tells it, such as `avatar`.
        field: Option<String>,
    },
    /// The tenant has no connector that could send the code.
    NoConnector,
    /// There is no such session, grant, factor or identity, or it is another user's.
    NotFound,
    /// Logto has no token of the identity provider for this user: lead the user to connect the account again.
    ProviderTokenNotFound,
    /// The identity provider's token has expired, and Logto cannot get another one: lead the user to connect the account
    /// again. The user's session here is not affected.
    ProviderTokenExpired,
    /// Logto refused the call for a reason that this version does not know.
    Refused {
        /// The status of the response.
        status: u16,
        /// Logto's code, made safe to print.
        code: String,
    },
    /// The call could not be made: the session has ended, has no refresh token, or Logto or the session store cannot be
    /// reached.
    Failed(Error),
}

impl AccountError {
    /// A stable identifier for programs. Of [`Failed`](Self::Failed), the code of the error in it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AccountError::NotEnabled => "account_not_enabled",
            AccountError::FieldNotEnabled => "account_field_not_enabled",
            AccountError::FieldNotEditable => "account_field_not_editable",
            AccountError::ThirdPartyApplication => "account_third_party_application",
            AccountError::MissingScope { .. } => "account_missing_scope",
            AccountError::VerificationNeeded => "account_verification_needed",
            AccountError::AddressNotVerified => "account_address_not_verified",
            AccountError::WrongPassword => "account_wrong_password",
            AccountError::WrongCode => "account_wrong_code",
            AccountError::CodeExpired => "account_code_expired",
            AccountError::PasswordRejected { .. } => "account_password_rejected",
            AccountError::SamePassword => "account_same_password",
            AccountError::AlreadyInUse => "account_already_in_use",
            AccountError::FactorAlreadySetUp => "account_factor_already_set_up",
            AccountError::FactorNotEnabled => "account_factor_not_enabled",
            AccountError::BackupCodesAlone => "account_backup_codes_alone",
            AccountError::InvalidInput { .. } => "account_invalid_input",
            AccountError::NoConnector => "account_no_connector",
            AccountError::NotFound => "account_not_found",
            AccountError::ProviderTokenNotFound => "provider_token_not_found",
            AccountError::ProviderTokenExpired => "provider_token_expired",
            AccountError::Refused { .. } => "account_refused",
            AccountError::Failed(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            AccountError::NotEnabled => {
                "enable the account center in Logto's Console, under \"Sign-in & account\""
            }
            AccountError::FieldNotEnabled => {
                "set the field to \"Read only\" or \"Edit\" in the account center's settings"
            }
            AccountError::FieldNotEditable => "set the field to \"Edit\" in the account center's settings",
            AccountError::ThirdPartyApplication => {
                "lead the user to the pages of the account center, or use a first-party application"
            }
            AccountError::MissingScope { .. } => {
                "add the scope to the setting `scopes`, and let the user sign in again"
            }
            AccountError::VerificationNeeded => {
                "let the user confirm their password or a code first, and pass the `Verification` on"
            }
            AccountError::AddressNotVerified => "send a code to the address and let the user enter it first",
            AccountError::WrongPassword => "let the user enter the password again",
            AccountError::WrongCode => "let the user enter the code again",
            AccountError::CodeExpired => "send another code",
            AccountError::PasswordRejected { .. } => "let the user choose another password",
            AccountError::SamePassword => "let the user choose a password that they do not have yet",
            AccountError::AlreadyInUse => "let the user choose another one",
            AccountError::FactorAlreadySetUp => "let the user remove the present one first",
            AccountError::FactorNotEnabled => {
                "enable the factor in Logto's Console, under \"Multi-factor auth\""
            }
            AccountError::BackupCodesAlone => "let the user set up another factor first",
            AccountError::InvalidInput { .. } => "correct the value",
            AccountError::NoConnector => "add an e-mail or SMS connector in Logto's Console",
            AccountError::NotFound => "read the list again: it may have ended meanwhile",
            AccountError::ProviderTokenNotFound | AccountError::ProviderTokenExpired => {
                "lead the user to connect the account with the identity provider again"
            }
            AccountError::Refused { .. } => "look the code up in Logto's documentation",
            AccountError::Failed(error) => error.help(),
        }
    }

    /// Whether the user has to connect the account with the identity provider again. The user stays signed in.
    #[must_use]
    pub fn needs_reconnect(&self) -> bool {
        matches!(self, AccountError::ProviderTokenNotFound | AccountError::ProviderTokenExpired)
    }
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountError::Failed(error) => return error.fmt(f),
            AccountError::NotEnabled => f.write_str("the tenant's account center is off")?,
            AccountError::FieldNotEnabled => {
                f.write_str("the account center does not show this part of the account")?;
            }
            AccountError::FieldNotEditable => {
                f.write_str("the account center does not let users change this part of the account")?;
            }
            AccountError::ThirdPartyApplication => {
                f.write_str("Logto does not let third-party applications change accounts")?;
            }
            AccountError::MissingScope { scope } => {
                write!(f, "the sign-in did not grant the scope `{scope}`")?;
            }
            AccountError::VerificationNeeded => {
                f.write_str("the user has not verified their identity within the last ten minutes")?;
            }
            AccountError::AddressNotVerified => f.write_str("the new address has not been verified")?,
            AccountError::WrongPassword => f.write_str("the password is wrong")?,
            AccountError::WrongCode => f.write_str("the verification code is wrong")?,
            AccountError::CodeExpired => f.write_str("the verification code is no longer valid")?,
            AccountError::PasswordRejected { reasons } if reasons.is_empty() => {
                f.write_str("the tenant's policy rejects the password")?;
            }
            AccountError::PasswordRejected { reasons } => {
                write!(f, "the tenant's policy rejects the password: {}", reasons.join(", "))?;
            }
            AccountError::SamePassword => f.write_str("the new password is the present one")?,
            AccountError::AlreadyInUse => f.write_str("another user has it already")?,
            AccountError::FactorAlreadySetUp => f.write_str("the user has such a factor already")?,
            AccountError::FactorNotEnabled => f.write_str("the tenant has not enabled this factor")?,
            AccountError::BackupCodesAlone => f.write_str("backup codes cannot be the only factor")?,
            AccountError::InvalidInput { field: Some(field) } => write!(f, "`{field}` is invalid")?,
            AccountError::InvalidInput { field: None } => f.write_str("the change is invalid or empty")?,
            AccountError::NoConnector => {
                f.write_str("the tenant has no connector that could send the code")?
            }
            AccountError::NotFound => f.write_str("the account has no such entry")?,
            AccountError::ProviderTokenNotFound => {
                f.write_str("Logto has no token of the identity provider for this user")?;
            }
            AccountError::ProviderTokenExpired => f.write_str("the identity provider's token has expired")?,
            AccountError::Refused { status, code } => {
                write!(f, "Logto's Account API responded with {status} `{code}`")?;
            }
        }
        write!(f, "; {}", self.help())
    }
}

impl std::error::Error for AccountError {}

impl From<Error> for AccountError {
    fn from(error: Error) -> Self {
        AccountError::Failed(error)
    }
}

impl From<Unavailable> for AccountError {
    fn from(unavailable: Unavailable) -> Self {
        AccountError::Failed(unavailable.into())
    }
}
