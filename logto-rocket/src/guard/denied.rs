//! The application's own "no", with its reasons.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rocket::http::Status;

use super::return_path::public_return_path;
use crate::config::WebAppConfig;
use crate::pending_sign_in::NotAdmitted;

/// The application refuses a user, and says why: with a status, with words that the user reads, or by leading to
/// another page.
///
/// The hook [`on_sign_in`](crate::LogtoFairing::on_sign_in) returns it to refuse a sign-in, and the function of the key
/// [`check`](crate::attributes#check) to refuse a request.
///
/// ```
/// use logto_rocket::Denied;
/// use rocket::http::Status;
///
/// // 403 and words.
/// let closed = Denied::because("This account is closed. Write to help@example.com to open it again.");
/// // Another status.
/// let hidden = Denied::new(Status::NotFound);
/// // Browsers are led to a page of this application.
/// let unpaid = Denied::new(Status::PaymentRequired).with_redirect("/pricing");
///
/// assert_eq!(closed.status(), Status::Forbidden);
/// assert_eq!(hidden.words(), None);
/// assert_eq!(unpaid.redirect(), Some("/pricing"));
/// ```
///
/// # `?`
///
/// An error becomes a `Denied` with the status 503: a database that is down has not decided anything about the user.
/// The error goes to the log and is shown to nobody.
///
/// ```
/// use logto_rocket::Denied;
///
/// fn seats(text: &str) -> Result<u32, Denied> {
///     Ok(text.parse()?)
/// }
///
/// assert!(seats("many").is_err_and(|denied| denied.is_temporary()));
/// ```
#[derive(Clone)]
#[must_use = "a `Denied` refuses somebody only where it is returned"]
pub struct Denied {
    status: Status,
    words: Option<Cow<'static, str>>,
    redirect: Option<String>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Denied {
    /// A refusal without words of its own. A status that is no client or server error (400 to 599) becomes 403.
    pub fn new(status: Status) -> Self {
        let is_error = (400..600).contains(&status.code);
        let status = if is_error { status } else { Status::Forbidden };
        Denied { status, words: None, redirect: None, cause: None }
    }

    /// A refusal with the status 403 and these words. They are plain text, which the pages escape.
    pub fn because(words: impl Into<Cow<'static, str>>) -> Self {
        Denied::new(Status::Forbidden).with_words(words)
    }

    /// No decision, because of `error`: the status 503. This is what `?` does; it is for errors that `?` does not take,
    /// such as `anyhow::Error` and `Box<dyn Error>`. The error goes to the log and is shown to nobody.
    pub fn unavailable(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Denied { cause: Some(error.into().into()), ..Denied::new(Status::ServiceUnavailable) }
    }

    /// Says this to the user. The words are plain text, which the pages escape.
    pub fn with_words(mut self, words: impl Into<Cow<'static, str>>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// Leads browsers to this path of the application, in place of a page that shows the words: `uri!(page)`, or a
    /// text. From `on_sign_in` it has to be a page that needs no session. Scripts and API clients get the status. What is not a path of this application, or lies below the prefix of
    /// this library's routes, is not followed; the log says so.
    pub fn with_redirect(mut self, path: impl fmt::Display) -> Self {
        self.redirect = Some(path.to_string());
        self
    }

    /// The status, from 400 to 599.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// What the user reads.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// The path that browsers are led to, as [`with_redirect`](Self::with_redirect) got it.
    #[must_use]
    pub fn redirect(&self) -> Option<&str> {
        self.redirect.as_deref()
    }

    /// Whether the same request may succeed later: the status is 503.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.status == Status::ServiceUnavailable
    }

    /// The public path that browsers are led to, where it is one that they may be led to.
    pub(crate) fn checked_redirect(&self, config: &WebAppConfig) -> Option<String> {
        let path = self.redirect.as_deref()?;
        let public = public_return_path(path, config);
        if public.is_none() {
            tracing::error!(target: "logto", "ignored the redirect of a `Denied`: \"{}\" is not a path of this application, or is below \"{}\"; pass `uri!(..)`", path.escape_debug(), config.prefix);
        }
        public
    }

    /// The error that prevented a decision, with its sources, for the log.
    pub(crate) fn cause(&self) -> Option<String> {
        let mut error: &(dyn StdError + 'static) = self.cause.as_deref()?;
        let mut text = error.to_string();
        while let Some(source) = error.source() {
            text = format!("{text}: {source}");
            error = source;
        }
        Some(text)
    }
}

impl NotAdmitted for Denied {
    fn is_temporary(&self) -> bool {
        Denied::is_temporary(self)
    }
}

/// The status 403, without words.
impl Default for Denied {
    fn default() -> Self {
        Denied::new(Status::Forbidden)
    }
}

/// As [`Denied::unavailable`].
impl<E: StdError + Send + Sync + 'static> From<E> for Denied {
    fn from(error: E) -> Self {
        Denied::unavailable(error)
    }
}

/// Without the words and the error, which may be about a user.
impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denied").field("status", &self.status.code).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_no_error_refuses_all_the_same() {
        for status in [Status::Ok, Status::SeeOther, Status::Continue, Status::new(0), Status::new(600)] {
            assert_eq!(Denied::new(status).status(), Status::Forbidden, "{status}");
        }
        for status in [Status::BadRequest, Status::NotFound, Status::new(599)] {
            assert_eq!(Denied::new(status).status(), status, "{status}");
        }
    }

    #[test]
    fn o02_an_error_is_temporary_and_stays_out_of_debug() {
        fn parse() -> Result<u32, Denied> {
            Ok("x".parse::<u32>()?)
        }
        let denied = parse().expect_err("no number");
        assert!(denied.is_temporary() && denied.words().is_none());
        assert_eq!(denied.cause().as_deref(), Some("invalid digit found in string"));
        let boxed = Denied::unavailable("password of the database").with_words("for alice");
        let debug = format!("{boxed:?}");
        assert!(!debug.contains("password") && !debug.contains("alice"), "{debug}");
    }

    #[test]
    fn l01_l04_a_redirect_leads_nowhere_else() {
        let redirect = |path: &str| {
            let config = WebAppConfig::with_settings(&serde_json::json!({}));
            Denied::default().with_redirect(path).checked_redirect(&config)
        };
        assert_eq!(redirect("/pricing?x=1").as_deref(), Some("/pricing?x=1"));
        for path in
            ["https://evil.example", "//evil.example", "/\\evil.example", "pricing", "", "/logto/sign-out"]
        {
            assert_eq!(redirect(path), None, "{path}");
        }
    }
}
