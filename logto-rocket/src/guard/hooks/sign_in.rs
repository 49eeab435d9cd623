//! What the hook `on_sign_in` learns and answers.

use std::fmt;

use crate::config::WebAppConfig;
use crate::guard::return_path::public_return_path;
use crate::oidc::UserClaims;
use crate::session::Session;

/// A user whom Logto has signed in and who has no session here yet, as the hook
/// [`on_sign_in`](crate::LogtoFairing::on_sign_in) gets to know them.
pub struct SignedIn<'a> {
    session: &'a Session,
    return_to: &'a str,
    previous: Option<&'a str>,
}

impl<'a> SignedIn<'a> {
    pub(crate) fn new(session: &'a Session, return_to: &'a str, previous: Option<&'a str>) -> Self {
        SignedIn { session, return_to, previous }
    }

    /// Logto's id of the user (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.session.subject
    }

    /// The claims of the ID token. Which there are depends on the scopes that a sign-in asks for: `email` for the
    /// address, `profile` for the name.
    #[must_use]
    pub fn claims(&self) -> &UserClaims {
        self.session.user_claims()
    }

    /// The path of this application that the browser goes to next.
    #[must_use]
    pub fn return_to(&self) -> &str {
        self.return_to
    }

    /// The subject of the session that this browser has until now. It is the same user after a step-up, and somebody
    /// else where a second person signs in with the same browser.
    #[must_use]
    pub fn previous_subject(&self) -> Option<&str> {
        self.previous
    }
}

impl fmt::Debug for SignedIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("id", &self.session.subject).finish_non_exhaustive()
    }
}

/// The user may sign in. Says where the browser goes next.
///
/// ```
/// use logto_rocket::Welcome;
/// use rocket::{get, uri};
///
/// #[get("/welcome")]
/// fn welcome() -> &'static str { "nice to meet you" }
///
/// let to_the_page_that_was_asked_for = Welcome::back();
/// let first_to_another = Welcome::to(uri!(welcome));
/// # let _ = (to_the_page_that_was_asked_for, first_to_another);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a `Welcome` lets somebody in only where it is returned"]
pub struct Welcome(Option<String>);

impl Welcome {
    /// The browser goes to the page that the sign-in was for.
    pub fn back() -> Self {
        Welcome(None)
    }

    /// The browser goes to this path of the application first: `uri!(page)`, or a text. What is no path of this
    /// application, or lies below the prefix of this library's routes, is not followed: the browser goes back, and the
    /// log says so. [`SignedIn::return_to`] is where it would have gone.
    pub fn to(path: impl fmt::Display) -> Self {
        Welcome(Some(path.to_string()))
    }

    /// Whether it leads to another page than the one that the sign-in was for.
    pub(super) fn leads_elsewhere(&self) -> bool {
        self.0.is_some()
    }

    /// The public path that the browser goes to. `return_to` is one too.
    pub(crate) fn path(&self, return_to: &str, config: &WebAppConfig) -> String {
        let Some(path) = self.0.as_deref() else { return return_to.to_owned() };
        if let Some(public) = public_return_path(path, config) {
            return public;
        }
        tracing::error!(target: "logto", "ignored the path of a `Welcome`: \"{}\" is not a path of this application, or is below \"{}\"; pass `uri!(..)`", path.escape_debug(), config.prefix);
        return_to.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l01_l04_a_welcome_leads_nowhere_else() {
        let config = &WebAppConfig::with_settings(&serde_json::json!({}));
        assert_eq!(Welcome::back().path("/orders", config), "/orders");
        assert_eq!(Welcome::to("/welcome?next=%2Forders").path("/orders", config), "/welcome?next=%2Forders");
        for path in
            ["https://evil.example", "//evil.example", "/\\evil.example", "welcome", "", "/logto/sign-out"]
        {
            assert_eq!(Welcome::to(path).path("/orders", config), "/orders", "{path}");
        }
    }
}
