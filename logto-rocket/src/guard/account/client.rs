//! The Account API for the signed-in user.

use std::fmt;

use serde_json::{Value, json};

use crate::clock::UnixTime;
use crate::error::Error;
use crate::guard::user::User;
use crate::names::{IDENTITIES, PROFILE, SESSIONS_SCOPE};
use crate::oidc::account::{
    AccountCall, AccountError, AccountGrant, AccountIdentifier, AccountProfile, AccountSession,
    AccountUpdate, BackupCode, BackupCodes, CallOutcome, LinkedIdentity, MfaFactor, ProfileMembers,
    RevokeGrants, SentCode, TotpSecret, Verification, backup_codes_in, grants_in, is_segment, mfa_factors_in,
    sessions_in,
};
use crate::session::{CachedToken, TokenTarget};
use crate::token::TokenRequest;
use crate::types::Secret;

const EMAIL: &str = "email";
const PHONE: &str = "phone";
const ADDRESS: &str = "address";
const CUSTOM_DATA: &str = "custom_data";

/// The signed-in user's account at Logto: a client for Logto's Account API. [`User::account`] returns it.
///
/// Each method is one call to Logto, with the opaque access token of the session. The page [`account`](crate::account)
/// says what to set up in Logto, and which scopes go in the setting `scopes`.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{AccountError, AccountUpdate, User, require_auth};
/// use rocket::form::Form;
/// use rocket::response::Redirect;
///
/// #[derive(FromForm)]
/// struct NewName { name: String }
///
/// #[require_auth(via = "session")]
/// #[post("/account/name", data = "<form>")]
/// async fn rename(user: User, form: Form<NewName>) -> Result<Redirect, AccountError> {
///     user.account().update(&AccountUpdate::new().name(&form.name)).await?;
///     Ok(Redirect::to("/account"))
/// }
/// # fn main() {}
/// ```
///
/// # Errors
///
/// Each method returns the [`AccountError`]s that its description names. Every method can also return `NotEnabled`,
/// `MissingScope` if the sign-in did not grant `openid` or the scope that the method names, `Refused`, and `Failed` if
/// the session has ended or Logto cannot be reached.
#[derive(Clone)]
pub struct Account {
    user: User,
}

impl User {
    /// The user's account at Logto.
    #[must_use]
    pub fn account(&self) -> Account {
        Account { user: self.clone() }
    }
}

impl Account {
    /// The profile. What it contains depends on the scopes: see [`AccountProfile`].
    ///
    /// # Errors
    ///
    /// Those of every method.
    pub async fn profile(&self) -> Result<AccountProfile, AccountError> {
        AccountProfile::in_body(&self.send(&AccountCall::get(["my-account"])).await?)
    }

    /// Changes the name, the picture or the custom data, and returns the new profile. Needs the scope `profile`, for
    /// custom data the scope `custom_data`.
    ///
    /// The claims of the session change with the next refresh.
    ///
    /// # Errors
    ///
    /// [`AccountError::FieldNotEditable`], [`AccountError::InvalidInput`], [`AccountError::ThirdPartyApplication`].
    pub async fn update(&self, update: &AccountUpdate) -> Result<AccountProfile, AccountError> {
        let mut call = AccountCall::patch(["my-account"], update.to_json());
        if update.touches_custom_data() {
            call = call.needing(CUSTOM_DATA);
        }
        if update.touches_profile() {
            call = call.needing(PROFILE);
        }
        AccountProfile::in_body(&self.send(&call).await?)
    }

    /// Changes members of the profile, such as the given name, and returns all of them. Needs the scope `profile`, for
    /// the address the scope `address`.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub async fn update_profile(&self, members: &ProfileMembers) -> Result<ProfileMembers, AccountError> {
        let mut call = AccountCall::patch(["my-account", "profile"], members.to_json()).needing(PROFILE);
        if members.address.is_some() {
            call = call.needing(ADDRESS);
        }
        ProfileMembers::in_body(&self.send(&call).await?)
    }

    /// Checks the user's password. The [`Verification`] is for the methods that need one.
    ///
    /// # Errors
    ///
    /// [`AccountError::WrongPassword`], also for a user who has none; [`AccountError::ThirdPartyApplication`].
    pub async fn verify_password(&self, password: &str) -> Result<Verification, AccountError> {
        let call = AccountCall::post(["verifications", "password"], json!({ "password": password }));
        self.verification(&call).await
    }

    /// Lets Logto send a verification code to an address or a number: to the user's own, so that they show who they are,
    /// or to a new one.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoConnector`], [`AccountError::InvalidInput`], [`AccountError::ThirdPartyApplication`].
    pub async fn send_verification_code(&self, to: &AccountIdentifier) -> Result<SentCode, AccountError> {
        let body = json!({ "identifier": to.to_json() });
        let record =
            self.verification(&AccountCall::post(["verifications", "verification-code"], body)).await?;
        Ok(SentCode::new(to.clone(), record))
    }

    /// Checks the code that the user has entered. If it was sent to the user's own address, the [`Verification`] proves who
    /// they are; if it was sent to a new one, it proves that this is theirs.
    ///
    /// # Errors
    ///
    /// [`AccountError::WrongCode`], [`AccountError::CodeExpired`], [`AccountError::AddressNotVerified`] if Logto does not
    /// know the code any more.
    pub async fn verify_code(&self, sent: &SentCode, code: &str) -> Result<Verification, AccountError> {
        let path = ["verifications", "verification-code", "verify"];
        self.send(&AccountCall::post(path, sent.answer(code))).await?;
        Ok(sent.verified())
    }

    /// Sets the password. The user's sessions and tokens stay valid.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::PasswordRejected`], [`AccountError::SamePassword`],
    /// [`AccountError::FieldNotEditable`].
    pub async fn set_password(
        &self,
        password: &str,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        let call = AccountCall::post(["my-account", "password"], json!({ "password": password }));
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// Sets the username, or removes it. Needs the scope `profile`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::AlreadyInUse`], [`AccountError::InvalidInput`],
    /// [`AccountError::FieldNotEditable`].
    pub async fn set_username(
        &self,
        username: Option<&str>,
        verification: &Verification,
    ) -> Result<AccountProfile, AccountError> {
        let body = [("username".to_owned(), json!(username))].into_iter().collect();
        let call = AccountCall::patch(["my-account"], body).needing(PROFILE).verified_by(verification);
        AccountProfile::in_body(&self.send(&call).await?)
    }

    /// Makes an e-mail address or a phone number the user's. `proof` is the verification of a code that was sent there,
    /// `verification` shows who the user is. Needs the scope `email` or `phone`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::AddressNotVerified`] if `proof` is not of a code that was sent
    /// there, [`AccountError::AlreadyInUse`], [`AccountError::FieldNotEditable`].
    pub async fn set_identifier(
        &self,
        identifier: &AccountIdentifier,
        proof: &Verification,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        let (path, scope) = match identifier {
            AccountIdentifier::Email(_) => ("primary-email", EMAIL),
            AccountIdentifier::Phone(_) => ("primary-phone", PHONE),
        };
        let call = AccountCall::post(["my-account", path], proof.identifier_body(identifier)).needing(scope);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// Removes the e-mail address. Needs the scope `email`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::FieldNotEditable`].
    pub async fn remove_email(&self, verification: &Verification) -> Result<(), AccountError> {
        let call = AccountCall::delete(["my-account", "primary-email"]).needing(EMAIL);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// Removes the phone number. Needs the scope `phone`.
    ///
    /// # Errors
    ///
    /// As [`remove_email`](Self::remove_email).
    pub async fn remove_phone(&self, verification: &Verification) -> Result<(), AccountError> {
        let call = AccountCall::delete(["my-account", "primary-phone"]).needing(PHONE);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// The factors of multi-factor authentication that the user has set up. Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::FieldNotEnabled`].
    pub async fn mfa_factors(&self) -> Result<Vec<MfaFactor>, AccountError> {
        let call = AccountCall::get(["my-account", "mfa-verifications"]).needing(IDENTITIES);
        mfa_factors_in(&self.send(&call).await?)
    }

    /// A new secret for an authenticator app. Logto keeps nothing of it: show it to the user, and confirm it with
    /// [`add_totp`](Self::add_totp). Needs the scope `identities`, as that does.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub async fn generate_totp_secret(&self) -> Result<TotpSecret, AccountError> {
        let path = ["my-account", "mfa-verifications", "totp-secret", "generate"];
        let call = AccountCall::post(path, json!({})).needing(IDENTITIES);
        TotpSecret::in_body(&self.send(&call).await?)
    }

    /// Sets up an authenticator app, whose present code shows that it has the secret. Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::WrongCode`], also for an empty code; [`AccountError::VerificationNeeded`], [`AccountError::FactorAlreadySetUp`],
    /// [`AccountError::FactorNotEnabled`], [`AccountError::FieldNotEditable`].
    pub async fn add_totp(
        &self,
        secret: &TotpSecret,
        code: &str,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        // Logto takes an empty code for none, and sets the secret up unchecked.
        if code.is_empty() {
            return Err(AccountError::WrongCode);
        }
        self.add_factor(secret.confirmed_by(code), verification).await
    }

    /// New backup codes. Logto keeps nothing of them: show them to the user, and set them up with
    /// [`add_backup_codes`](Self::add_backup_codes). Needs the scope `identities`, as that does.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub async fn generate_backup_codes(&self) -> Result<BackupCodes, AccountError> {
        let path = ["my-account", "mfa-verifications", "backup-codes", "generate"];
        let call = AccountCall::post(path, json!({})).needing(IDENTITIES);
        BackupCodes::in_body(&self.send(&call).await?)
    }

    /// Sets up backup codes, beside another factor. Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::FactorAlreadySetUp`] while there are codes left,
    /// [`AccountError::BackupCodesAlone`], [`AccountError::FactorNotEnabled`], [`AccountError::FieldNotEditable`].
    pub async fn add_backup_codes(
        &self,
        codes: &BackupCodes,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        self.add_factor(codes.to_json(), verification).await
    }

    async fn add_factor(&self, body: Value, verification: &Verification) -> Result<(), AccountError> {
        let call = AccountCall::post(["my-account", "mfa-verifications"], body).needing(IDENTITIES);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// The user's backup codes. Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::NotFound`] if there are none.
    pub async fn backup_codes(&self, verification: &Verification) -> Result<Vec<BackupCode>, AccountError> {
        let call = AccountCall::get(["my-account", "mfa-verifications", "backup-codes"]).needing(IDENTITIES);
        backup_codes_in(&of_factor(self.send(&call.verified_by(verification)).await)?)
    }

    /// Removes a factor, by its [id](MfaFactor::id). Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::NotFound`], [`AccountError::FieldNotEditable`].
    pub async fn remove_mfa_factor(&self, id: &str, verification: &Verification) -> Result<(), AccountError> {
        let id = segment(id)?;
        let call = AccountCall::delete(["my-account", "mfa-verifications", id]).needing(IDENTITIES);
        of_factor(self.send(&call.verified_by(verification)).await).map(drop)
    }

    /// The accounts at identity providers that the user can sign in with. Needs the scope `identities`.
    ///
    /// # Errors
    ///
    /// [`AccountError::FieldNotEnabled`] if the account center does not show them.
    pub async fn identities(&self) -> Result<Vec<LinkedIdentity>, AccountError> {
        let call = AccountCall::get(["my-account"]).needing(IDENTITIES);
        let profile = AccountProfile::in_body(&self.send(&call).await?)?;
        profile.identities().ok_or(AccountError::FieldNotEnabled)
    }

    /// Unlinks the account at an identity provider, by its [target](LinkedIdentity::target). Needs the scope `identities`.
    /// Links are made on the page [`AccountPage::Social`](crate::AccountPage::Social).
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::NotFound`], [`AccountError::FieldNotEditable`].
    pub async fn unlink_identity(
        &self,
        target: &str,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        let target = segment(target)?;
        let call = AccountCall::delete(["my-account", "identities", target]).needing(IDENTITIES);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    /// The user's sessions at Logto, which span all applications; [`User::sessions`] has those of this application.
    /// Needs the scope `urn:logto:scope:sessions`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::FieldNotEnabled`].
    pub async fn sessions(&self, verification: &Verification) -> Result<Vec<AccountSession>, AccountError> {
        let call = AccountCall::get(["my-account", "sessions"]).needing(SESSIONS_SCOPE);
        sessions_in(&self.send(&call.verified_by(verification)).await?)
    }

    /// Ends one of the user's sessions at Logto, by its [id](AccountSession::id). Needs the scope
    /// `urn:logto:scope:sessions`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::NotFound`], also for a session of another user.
    pub async fn end_session(
        &self,
        id: &str,
        grants: RevokeGrants,
        verification: &Verification,
    ) -> Result<(), AccountError> {
        let id = segment(id)?;
        let call = AccountCall::delete(["my-account", "sessions", id]).needing(SESSIONS_SCOPE);
        self.send(&call.with_query(grants.query()).verified_by(verification)).await.map(drop)
    }

    /// What the user has granted to applications. Needs the scope `urn:logto:scope:sessions`.
    ///
    /// # Errors
    ///
    /// As [`sessions`](Self::sessions).
    pub async fn grants(&self, verification: &Verification) -> Result<Vec<AccountGrant>, AccountError> {
        let call = AccountCall::get(["my-account", "grants"]).needing(SESSIONS_SCOPE);
        grants_in(&self.send(&call.verified_by(verification)).await?)
    }

    /// Revokes a grant, by its [id](AccountGrant::id): the application's tokens end. Needs the scope
    /// `urn:logto:scope:sessions`.
    ///
    /// # Errors
    ///
    /// [`AccountError::VerificationNeeded`], [`AccountError::NotFound`].
    pub async fn revoke_grant(&self, id: &str, verification: &Verification) -> Result<(), AccountError> {
        let id = segment(id)?;
        let call = AccountCall::delete(["my-account", "grants", id]).needing(SESSIONS_SCOPE);
        self.send(&call.verified_by(verification)).await.map(drop)
    }

    async fn verification(&self, call: &AccountCall) -> Result<Verification, AccountError> {
        let body = self.send(call).await?;
        Verification::in_body(&body, self.now())
    }

    pub(super) fn now(&self) -> UnixTime {
        self.user.logto().0.clock.now()
    }

    /// Sends a call. A token that Logto does not accept may have died before its time, and is replaced once. What refuses
    /// a fresh token as well is not about the token: Logto has just issued it, so the grant lives.
    pub(super) async fn send(&self, call: &AccountCall) -> Result<Vec<u8>, AccountError> {
        let first = self.token(call, TokenRequest::secret(TokenTarget::userinfo())).await?;
        if let CallOutcome::Done(body) = self.user.logto().0.provider.account(&first, call).await? {
            return Ok(body);
        }
        let second = self.token(call, TokenRequest::other_than(first, TokenTarget::userinfo())).await?;
        match self.user.logto().0.provider.account(&second, call).await? {
            CallOutcome::Done(body) => Ok(body),
            CallOutcome::Unauthorized => Err(call.refused_again()),
        }
    }

    async fn token(&self, call: &AccountCall, wanted: TokenRequest) -> Result<Secret, AccountError> {
        let CachedToken { secret, scopes, .. } =
            self.user.request_session().token(self.user.logto(), &wanted).await?;
        call.check_scopes(&scopes)?;
        secret.ok_or_else(|| Error::NoRefreshToken.into())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish()
    }
}

/// Logto has one code for records that are missing and for factors.
fn of_factor<T>(outcome: Result<T, AccountError>) -> Result<T, AccountError> {
    outcome.map_err(|error| match error {
        AccountError::AddressNotVerified => AccountError::NotFound,
        other => other,
    })
}

/// An id may come from a form. What Logto cannot have given is nothing that exists.
fn segment(id: &str) -> Result<&str, AccountError> {
    if is_segment(id) { Ok(id) } else { Err(AccountError::NotFound) }
}
