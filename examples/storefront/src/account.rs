//! The account at Logto: the name, the sessions there, and links to second factors and to the pages of the account center.

use std::time::{Duration, SystemTime};

use logto_rocket::{
    AccountError, AccountLink, AccountPage, AccountProfile, AccountSession, AccountUpdate, Logto,
    RevokeGrants, SessionData, SessionValue, User, Verification, require_auth,
};
use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::Status;
use rocket::request::FlashMessage;
use rocket::response::content::RawHtml;
use rocket::response::{Flash, Redirect};
use rocket::{FromForm, Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use crate::base_path::BasePath;
use crate::factors;
use crate::html::page;

pub(crate) fn routes() -> Vec<Route> {
    routes![show, rename, confirm, end_session, change_password]
}

/// The proof that the user has just entered their password. It is part of the session, which is sealed.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Confirmed {
    by: Option<Verification>,
}

impl Confirmed {
    pub(crate) fn by(verification: Verification) -> Self {
        Confirmed { by: Some(verification) }
    }

    /// The proof, while it is valid. Logto decides about that by its own clock.
    pub(crate) fn valid(&self) -> Option<&Verification> {
        self.by.as_ref().filter(|verification| verification.expires_at() > SystemTime::now())
    }
}

impl SessionValue for Confirmed {
    const NAME: &'static str = "confirmed";
}

#[derive(FromForm)]
struct NewName {
    name: String,
}

#[derive(FromForm)]
pub(crate) struct Password {
    pub(crate) password: String,
}

/// What the page knows of the sessions at Logto.
enum Sessions {
    /// The user has to enter the password first.
    Locked,
    Listed(Vec<AccountSession>),
    Failed(AccountError),
}

#[require_auth(via = "session")]
#[get("/account")]
async fn show(
    user: User,
    confirmed: SessionData<Confirmed>,
    flash: Option<FlashMessage<'_>>,
    logto: &State<Logto>,
    base: &State<BasePath>,
) -> Result<(Status, RawHtml<String>), AccountError> {
    let account = user.account();
    let profile = account.profile().await;
    // An outage and the end of the session are not the page's affair.
    if let Err(AccountError::Failed(error)) = profile {
        return Err(error.into());
    }
    let sessions = match &confirmed.get().by {
        None => Sessions::Locked,
        Some(verification) => match account.sessions(verification).await {
            Ok(sessions) => Sessions::Listed(sessions),
            // It is valid for ten minutes.
            Err(AccountError::VerificationNeeded) => Sessions::Locked,
            Err(error) => Sessions::Failed(error),
        },
    };
    let notice = flash.map(|flash| flash.message().to_owned());
    let base = base.public.as_str();
    let lead = html! {
        @if let Some(notice) = &notice { p class="notice" role="status" { (notice) } }
        section class="hero" { h1 { "Your account" } p { "What Logto knows of you." } }
    };
    let (status, more) = match &profile {
        Ok(profile) => {
            (Status::Ok, html! { (details(base, profile)) (list(base, &sessions)) (links(base, logto)) })
        }
        Err(error) => {
            (error.status().unwrap_or(Status::InternalServerError), html! { section { (refused(error)) } })
        }
    };
    Ok((status, RawHtml(page(base, "en", "Your account", Some(&user), &lead, &more))))
}

fn details(base: &str, profile: &AccountProfile) -> Markup {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "not set".to_owned());
    html! {
        section {
            h2 { "Profile" }
            table {
                tr { th scope="row" { "Name" } td { (text(&profile.name)) } }
                tr { th scope="row" { "E-mail address" } td { (text(&profile.primary_email)) } }
            }
            form method="post" action={ (base) "/account/name" } {
                label { "New name " input name="name" autocomplete="name" maxlength="128" required; } " "
                button class="quiet" { "Change the name" }
            }
        }
    }
}

fn list(base: &str, sessions: &Sessions) -> Markup {
    html! {
        section {
            h2 { "Where you are signed in" }
            @match sessions {
                Sessions::Locked => {
                    p { "Enter your password to see the browsers in which you are signed in at Logto." }
                    form method="post" action={ (base) "/account/confirm" } {
                        label { "Password " input name="password" type="password" autocomplete="current-password" required; } " "
                        button class="quiet" { "Show the sessions" }
                    }
                }
                Sessions::Listed(sessions) => {
                    ul class="tries" {
                        @for session in sessions {
                            li {
                                form method="post" action={ (base) "/account/sessions/" (session.id) "/end" } {
                                    button class="quiet" { "End" }
                                }
                                span { (session) br; (described(session)) }
                            }
                        }
                    }
                }
                Sessions::Failed(error) => { (refused(error)) }
            }
        }
    }
}

fn described(session: &AccountSession) -> String {
    let ago = session.signed_in_at.and_then(|at| SystemTime::now().duration_since(at).ok()).map(minutes);
    let mut text = ago.map_or_else(|| "signed in".to_owned(), |ago| format!("signed in {ago} minutes ago"));
    if let Some(ip) = &session.ip {
        text = format!("{text} from {ip}");
    }
    if session.is_current { format!("{text}, this one") } else { text }
}

fn minutes(duration: Duration) -> u64 {
    duration.as_secs() / 60
}

fn links(base: &str, logto: &Logto) -> Markup {
    html! {
        section {
            h2 { "Second factors" }
            p { "An authenticator app and backup codes, for Logto to ask for after the password." }
            p { a class="button quiet" href={ (base) (factors::PATH) } { "Set up second factors" } }
        }
        section {
            h2 { "At Logto" }
            p {
                a class="button quiet" href=(logto.account_page(AccountPage::Security)) { "Security settings" } " "
                a class="button quiet" href={ (base) "/account/password" } { "Change the password" }
            }
        }
    }
}

pub(crate) fn refused(error: &AccountError) -> Markup {
    html! {
        p { "This is not possible: " code { (error.code()) } }
        p class="soft" { (error) }
    }
}

#[require_auth(via = "session")]
#[post("/account/name", data = "<form>")]
async fn rename(
    user: User,
    form: Form<NewName>,
    base: &State<BasePath>,
) -> Result<Flash<Redirect>, AccountError> {
    let profile = user.account().update(&AccountUpdate::new().name(form.name.trim())).await?;
    let name = profile.name.unwrap_or_default();
    Ok(Flash::success(base.redirect("/account"), format!("Your name is {name} now.")))
}

/// A wrong password leads back to the form.
#[require_auth(via = "session")]
#[post("/account/confirm", data = "<form>")]
async fn confirm(
    user: User,
    form: Form<Password>,
    confirmed: SessionData<Confirmed>,
    base: &State<BasePath>,
) -> Result<Result<Redirect, Flash<Redirect>>, AccountError> {
    match user.account().verify_password(&form.password).await {
        Ok(verification) => {
            confirmed.set(&Confirmed::by(verification)).await?;
            Ok(Ok(base.redirect("/account")))
        }
        Err(AccountError::WrongPassword) => {
            Ok(Err(Flash::error(base.redirect("/account"), "The password is wrong.")))
        }
        Err(error) => Err(error),
    }
}

/// Ends a session at Logto, and what applications have got by it.
#[require_auth(via = "session")]
#[post("/account/sessions/<id>/end")]
async fn end_session(
    user: User,
    id: &str,
    confirmed: SessionData<Confirmed>,
    base: &State<BasePath>,
) -> Result<Flash<Redirect>, AccountError> {
    let confirmed = confirmed.get();
    let ended = match &confirmed.by {
        Some(verification) => user.account().end_session(id, RevokeGrants::FirstParty, verification).await,
        None => Err(AccountError::VerificationNeeded),
    };
    match ended {
        Ok(()) => Ok(Flash::success(base.redirect("/account"), "The session has ended.")),
        Err(AccountError::VerificationNeeded) => {
            Ok(Flash::error(base.redirect("/account"), "Enter your password again."))
        }
        Err(error) => Err(error),
    }
}

/// Logto's page for a new password, which comes back here.
#[require_auth(via = "session")]
#[get("/account/password")]
fn change_password(_user: User, logto: &State<Logto>, base: &State<BasePath>) -> AccountLink {
    let back = format!("{}/account", base.mount_point.trim_end_matches('/'));
    logto.account_page(AccountPage::Password).return_to(back)
}
