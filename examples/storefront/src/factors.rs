//! Second factors: an authenticator app and backup codes, which the user sets up and removes.
//!
//! What the user has not confirmed yet is part of the session, which is sealed. No address and no form has it.

use logto_rocket::{
    AccountError, BackupCodes, MfaFactorKind, SessionData, SessionValue, TotpSecret, User, require_auth,
};
use rocket::form::Form;
use rocket::http::Status;
use rocket::request::FlashMessage;
use rocket::response::content::RawHtml;
use rocket::response::{Flash, Redirect};
use rocket::{FromForm, Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use crate::account::{Confirmed, Password};
use crate::base_path::BasePath;
use crate::factors_page::{self, Factors};

pub(crate) fn routes() -> Vec<Route> {
    routes![show, confirm, begin_app, show_app, add_app, make_codes, add_codes, remove]
}

/// The path of the page.
pub(crate) const PATH: &str = "/account/factors";
/// The page with the secret of an authenticator app.
pub(crate) const APP_PATH: &str = "/account/factors/authenticator-app";

const WRONG_PASSWORD: &str = "The password is wrong.";
const ENTER_PASSWORD: &str = "Enter your password again.";
const NOTHING_BEGUN: &str = "There is nothing to confirm. Begin again.";

/// What Logto has generated, and has not been told to set up.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct NewFactors {
    totp: Option<TotpSecret>,
    codes: Option<BackupCodes>,
}

impl SessionValue for NewFactors {
    const NAME: &'static str = "new-factors";
}

#[derive(FromForm)]
struct Code {
    code: String,
}

/// Where a form leads: back to a page, with a message.
type Outcome = Result<Flash<Redirect>, AccountError>;

/// Says what the user can do about it. Any other error is the response.
fn message_of(error: &AccountError) -> Option<&'static str> {
    match error {
        AccountError::VerificationNeeded => Some(ENTER_PASSWORD),
        AccountError::WrongPassword => Some(WRONG_PASSWORD),
        AccountError::WrongCode => Some("The code is wrong. Enter the one that the app shows now."),
        AccountError::FactorAlreadySetUp => Some("You have set up such a factor already. Remove it first."),
        AccountError::BackupCodesAlone => Some("Set up an authenticator app first."),
        AccountError::FactorNotEnabled => Some("The shop does not use this factor."),
        AccountError::NotFound => Some("There is no such factor any more."),
        _ => None,
    }
}

/// Leads to `path` with the message. A proof that Logto does not accept any more is forgotten, and the page asks for the
/// password.
async fn told(
    error: AccountError,
    path: &str,
    confirmed: &SessionData<Confirmed>,
    base: &BasePath,
) -> Outcome {
    if matches!(error, AccountError::VerificationNeeded) {
        confirmed.clear().await?;
    }
    let message = message_of(&error).ok_or(error)?;
    Ok(Flash::error(base.redirect(path), message))
}

#[require_auth(via = "session")]
#[get("/account/factors")]
async fn show(
    user: User,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    flash: Option<FlashMessage<'_>>,
    base: &State<BasePath>,
) -> Result<(Status, RawHtml<String>), AccountError> {
    let account = user.account();
    let notice = flash.as_ref().map(FlashMessage::message);
    let listed = match account.mfa_factors().await {
        Ok(listed) => listed,
        // An outage and the end of the session are not the page's affair.
        Err(AccountError::Failed(error)) => return Err(error.into()),
        Err(error) => {
            let status = error.status().unwrap_or(Status::InternalServerError);
            return Ok((status, RawHtml(factors_page::refused(&base.public, &user, &error))));
        }
    };
    let confirmed = confirmed.get();
    let verification = confirmed.valid();
    let has_codes = listed.iter().any(|factor| factor.kind == MfaFactorKind::BackupCode);
    // The page says when one was used, and no code a second time. Without this the page still works.
    let codes = match verification {
        Some(verification) if has_codes => account.backup_codes(verification).await.ok(),
        _ => None,
    };
    let factors = Factors {
        listed: &listed,
        codes: codes.as_deref(),
        is_unlocked: verification.is_some(),
        has_new_codes: new.get().codes.is_some(),
    };
    Ok((Status::Ok, RawHtml(factors_page::list(&base.public, &user, notice, &factors))))
}

/// Every change needs the password, at most ten minutes ago.
#[require_auth(via = "session")]
#[post("/account/factors/confirm", data = "<form>")]
async fn confirm(
    user: User,
    form: Form<Password>,
    confirmed: SessionData<Confirmed>,
    base: &State<BasePath>,
) -> Result<Result<Redirect, Flash<Redirect>>, AccountError> {
    match user.account().verify_password(&form.password).await {
        Ok(verification) => {
            confirmed.set(&Confirmed::by(verification)).await?;
            Ok(Ok(base.redirect(PATH)))
        }
        Err(error) => told(error, PATH, &confirmed, base).await.map(Err),
    }
}

/// Logto generates a secret and keeps nothing of it. One that was generated before is forgotten.
#[require_auth(via = "session")]
#[post("/account/factors/authenticator-app")]
async fn begin_app(
    user: User,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    base: &State<BasePath>,
) -> Result<Result<Redirect, Flash<Redirect>>, AccountError> {
    if confirmed.get().valid().is_none() {
        return told(AccountError::VerificationNeeded, PATH, &confirmed, base).await.map(Err);
    }
    let secret = user.account().generate_totp_secret().await?;
    new.update(|new| new.totp = Some(secret.clone())).await?;
    Ok(Ok(base.redirect(APP_PATH)))
}

/// Shows the secret until the app has it, and only to who has just entered the password.
#[require_auth(via = "session")]
#[get("/account/factors/authenticator-app")]
fn show_app(
    user: User,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    flash: Option<FlashMessage<'_>>,
    base: &State<BasePath>,
) -> Result<RawHtml<String>, Box<Redirect>> {
    match (&new.get().totp, confirmed.get().valid()) {
        (Some(secret), Some(_)) => {
            let notice = flash.as_ref().map(FlashMessage::message);
            Ok(RawHtml(factors_page::app(&base.public, &user, notice, secret)))
        }
        _ => Err(Box::new(base.redirect(PATH))),
    }
}

/// Sets the app up. Its code shows that it has the secret.
#[require_auth(via = "session")]
#[post("/account/factors/authenticator-app/confirm", data = "<form>")]
async fn add_app(
    user: User,
    form: Form<Code>,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    base: &State<BasePath>,
) -> Outcome {
    let Some(secret) = new.get().totp.clone() else {
        return Ok(Flash::error(base.redirect(PATH), NOTHING_BEGUN));
    };
    // Apps show the code in two groups.
    let code: String = form.code.split_whitespace().collect();
    let added = match confirmed.get().valid() {
        Some(verification) => user.account().add_totp(&secret, &code, verification).await,
        None => Err(AccountError::VerificationNeeded),
    };
    match added {
        Ok(()) => {
            new.update(|new| new.totp = None).await?;
            Ok(Flash::success(base.redirect(PATH), "The authenticator app is set up."))
        }
        // The page with the secret stays: the app has it already.
        Err(error @ AccountError::WrongCode) => told(error, APP_PATH, &confirmed, base).await,
        Err(error) => told(error, PATH, &confirmed, base).await,
    }
}

/// Logto generates codes and keeps nothing of them. This response is the only one that shows them: they have no address.
#[require_auth(via = "session")]
#[post("/account/factors/backup-codes")]
async fn make_codes(
    user: User,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    base: &State<BasePath>,
) -> Result<Result<RawHtml<String>, Flash<Redirect>>, AccountError> {
    if confirmed.get().valid().is_none() {
        return told(AccountError::VerificationNeeded, PATH, &confirmed, base).await.map(Err);
    }
    let codes = user.account().generate_backup_codes().await?;
    new.update(|new| new.codes = Some(codes.clone())).await?;
    Ok(Ok(RawHtml(factors_page::codes(&base.public, &user, &codes))))
}

/// Sets the codes up, once the user has written them down.
#[require_auth(via = "session")]
#[post("/account/factors/backup-codes/confirm")]
async fn add_codes(
    user: User,
    confirmed: SessionData<Confirmed>,
    new: SessionData<NewFactors>,
    base: &State<BasePath>,
) -> Outcome {
    let Some(codes) = new.get().codes.clone() else {
        return Ok(Flash::error(base.redirect(PATH), NOTHING_BEGUN));
    };
    let added = match confirmed.get().valid() {
        Some(verification) => user.account().add_backup_codes(&codes, verification).await,
        None => Err(AccountError::VerificationNeeded),
    };
    match added {
        Ok(()) => {
            new.update(|new| new.codes = None).await?;
            Ok(Flash::success(base.redirect(PATH), "The backup codes are set up."))
        }
        Err(error) => told(error, PATH, &confirmed, base).await,
    }
}

#[require_auth(via = "session")]
#[post("/account/factors/<id>/remove")]
async fn remove(user: User, id: &str, confirmed: SessionData<Confirmed>, base: &State<BasePath>) -> Outcome {
    let removed = match confirmed.get().valid() {
        Some(verification) => user.account().remove_mfa_factor(id, verification).await,
        None => Err(AccountError::VerificationNeeded),
    };
    match removed {
        Ok(()) => Ok(Flash::success(base.redirect(PATH), "The factor is removed.")),
        Err(error) => told(error, PATH, &confirmed, base).await,
    }
}
