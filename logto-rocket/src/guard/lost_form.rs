//! What a user has sent with a request that was led to sign-in instead: it is lost, and they are told.

use rocket::Request;

use super::browser::{is_cross_site, is_safe};
use super::pending_cookie::PendingCookie;
use super::request_state::RequestState;
use super::return_path::{is_return_path, present_page};
use crate::logto::WebApp;
use crate::pending_sign_in::PENDING_SIGN_IN_LIFE;
use crate::session::SetCookie;

/// The message for a user whose form was sent after their session had ended.
///
/// Sign-in leads them back to the page that the form is on, with this as a flash message of kind `warning`: a page
/// that shows Rocket's [`FlashMessage`](rocket::request::FlashMessage) shows it without doing anything. An
/// application with words or a language of its own compares the message with this one.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::NOT_SAVED;
/// use rocket::request::FlashMessage;
///
/// #[get("/orders/new")]
/// fn new_order(flash: Option<FlashMessage<'_>>) -> String {
///     match flash {
///         Some(flash) if flash.message() == NOT_SAVED => "Bitte noch einmal absenden.".to_owned(),
///         Some(flash) => flash.message().to_owned(),
///         None => String::new(),
///     }
/// }
/// # fn main() {}
/// ```
pub const NOT_SAVED: &str =
    "You had to sign in first, so what you sent was not saved. Please check it and send it once more.";

/// Where Rocket looks for a flash message.
const FLASH_COOKIE: &str = "_flash";
const KIND: &str = "warning";

/// Whether the request would have changed something, and a page of this application sent it.
pub(super) fn is_lost(request: &Request<'_>, logto: &WebApp) -> bool {
    !is_safe(request.method()) && !is_cross_site(request, &logto.0.config)
}

/// Leaves the message for the page that the user returns to, if that is the page with the form. Rocket's own `Flash`
/// does not work here: its cookie is `SameSite=Strict`, and the way back comes from Logto's site.
pub(super) fn set_flash_message(request: &Request<'_>, logto: &WebApp) {
    let config = &logto.0.config;
    let returns = present_page(request, config).is_some_and(|page| is_return_path(&page, config));
    if is_lost(request, logto) && returns {
        let value = format!("{}:{KIND}{NOT_SAVED}", KIND.len());
        let cookie = SetCookie { name: FLASH_COOKIE.to_owned(), value: Some(value) };
        RequestState::of(request).set_cookie(PendingCookie { cookie, max_age: PENDING_SIGN_IN_LIFE });
    }
}
