//! Pages of the application's own, in place of the built-in ones.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rocket::http::{ContentType, Header};
use rocket::{Request, Response};

use super::html::CONTENT_SECURITY_POLICY;
use super::model::{Page, PageKind};

/// For an own page that names no policy: other sites must not frame a page that signs out, and nothing else is limited.
const DEFAULT_POLICY: &str = "base-uri 'none'; frame-ancestors 'none'";

/// The pages that an application shows in place of this crate's own: attach it with
/// [`LogtoFairing::pages`](crate::LogtoFairing::pages).
///
/// Each method is one [kind](PageKind) of page and returns its HTML, or `None` for the built-in page. A kind whose method
/// is not written is passed to [`page`](Pages::page), and that returns `None` unless it is written. So an application
/// replaces one page, some or all. Status, challenge, cookies and cache headers of the response stay those of this crate. A
/// method that panics, and an empty page, lead to the built-in page and a line in the log.
///
/// The methods are called while a response is made: they render, and do not wait. A template is found through the
/// request (`request.rocket()`), and `page` can be serialized for it. An application that has to ask a database
/// uses a catcher and [`Page::of`].
///
/// ```
/// use logto_rocket::{Logto, OwnPage, Page, Pages};
/// use rocket::Request;
///
/// struct ShopPages;
///
/// impl Pages for ShopPages {
///     fn sign_in_cancelled(&self, page: &Page, _: &Request<'_>) -> Option<OwnPage> {
///         let texts = match page.accept_language().lookup(["en", "de"])? {
///             "de" => ("de", "Bis bald!", "Zum Laden"),
///             _ => ("en", "See you soon!", "To the shop"),
///         };
///         let (language, title, shop) = texts;
///         let html = format!("<!doctype html><title>{title}</title><h1>{title}</h1><a href=\"/\">{shop}</a>");
///         Some(OwnPage::html(html).language(language))
///     }
/// }
///
/// let fairing = Logto::fairing().pages(ShopPages);
/// # let _ = fairing;
/// ```
#[allow(unused_variables, reason = "the names are documentation")]
pub trait Pages: Send + Sync + 'static {
    /// Every page that has no method of its own here.
    fn page(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        None
    }

    /// A guard refused the request: [`PageKind::Refused`].
    fn refused(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// Logto or the session store cannot be reached at the moment: [`PageKind::TryAgain`].
    fn try_again(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// A sign-in succeeded and did not help: [`PageKind::RedirectLoop`].
    fn redirect_loop(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// A sign-in could not be completed: [`PageKind::SignInFailed`].
    fn sign_in_failed(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// The user cancelled the sign-in: [`PageKind::SignInCancelled`].
    fn sign_in_cancelled(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// The user is asked whether they want to sign out: [`PageKind::ConfirmSignOut`]. The page needs a form that sends
    /// `POST` to the target of the first of [`Page::actions`].
    fn confirm_sign_out(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }

    /// The user has signed out: [`PageKind::SignedOut`]. Shown only with the setting `signed_out_page`.
    fn signed_out(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        self.page(page, request)
    }
}

/// An HTML page of the application's own.
///
/// ```
/// use logto_rocket::OwnPage;
///
/// let page = OwnPage::html("<!doctype html><title>Bonjour</title><h1>Bonjour</h1>")
///     .language("fr")
///     .content_security_policy("default-src 'self'; frame-ancestors 'none'");
/// # let _ = page;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a page is shown by returning it"]
pub struct OwnPage {
    html: String,
    language: Option<String>,
    policy: Option<String>,
}

impl OwnPage {
    /// A whole HTML document.
    pub fn html(html: impl Into<String>) -> Self {
        OwnPage { html: html.into(), language: None, policy: None }
    }

    /// Names its language with the header `Content-Language`, as a tag of BCP 47. A value that no header can carry is
    /// left out.
    pub fn language(mut self, tag: impl Into<String>) -> Self {
        self.language = Some(tag.into());
        self
    }

    /// Sets the header `Content-Security-Policy`. Without it the policy is `base-uri 'none'; frame-ancestors 'none'`,
    /// unless the response has one already. A value that no header can carry is left out, and the default applies.
    ///
    /// `form-action` should not be among the directives: browsers apply it to the redirect after a form too, and sign-out
    /// redirects to Logto.
    pub fn content_security_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }
}

impl OwnPage {
    /// Whether there is nothing to see.
    fn is_empty(&self) -> bool {
        self.html.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    }
}

impl From<String> for OwnPage {
    fn from(html: String) -> Self {
        OwnPage::html(html)
    }
}

/// What an application has set about pages. In managed state.
#[derive(Clone, Default)]
pub(crate) struct PageSettings {
    pub(crate) pages: Option<Arc<dyn Pages>>,
    /// Whether the application's catchers show the refusals of the mounted routes too.
    pub(crate) refusals_to_catchers: bool,
}

impl PageSettings {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Option<&'r PageSettings> {
        request.rocket().state::<PageSettings>()
    }
}

/// Shows the page: the application's own, or the built-in one.
pub(crate) fn show(page: &Page, request: &Request<'_>, response: &mut Response<'_>) {
    let html = if let Some(own) = own_page(page, request) {
        write_own_headers(&own, response);
        own.html
    } else {
        response.set_header(Header::new("Content-Security-Policy", CONTENT_SECURITY_POLICY.as_str()));
        response.set_header(Header::new("Content-Language", page.language()));
        page.to_html()
    };
    response.set_header(ContentType::HTML);
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.adjoin_header(Header::new("Vary", "Accept-Language"));
    response.set_sized_body(html.len(), Cursor::new(html));
}

fn write_own_headers(own: &OwnPage, response: &mut Response<'_>) {
    let usable = |value: &Option<String>| value.clone().filter(|value| is_header_value(value));
    if let Some(language) = usable(&own.language) {
        response.set_header(Header::new("Content-Language", language));
    }
    if let Some(policy) = usable(&own.policy) {
        response.set_header(Header::new("Content-Security-Policy", policy));
    } else if !response.headers().contains("Content-Security-Policy") {
        response.set_header(Header::new("Content-Security-Policy", DEFAULT_POLICY));
    }
}

/// Visible ASCII characters and spaces (RFC 9110 §5.5).
fn is_header_value(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The application's page, if it has one that can be shown.
fn own_page(page: &Page, request: &Request<'_>) -> Option<OwnPage> {
    let pages = PageSettings::of(request)?.pages.as_deref()?;
    let render = || match page.kind() {
        PageKind::Refused => pages.refused(page, request),
        PageKind::TryAgain => pages.try_again(page, request),
        PageKind::RedirectLoop => pages.redirect_loop(page, request),
        PageKind::SignInFailed => pages.sign_in_failed(page, request),
        PageKind::SignInCancelled => pages.sign_in_cancelled(page, request),
        PageKind::ConfirmSignOut => pages.confirm_sign_out(page, request),
        PageKind::SignedOut => pages.signed_out(page, request),
        PageKind::Other => pages.page(page, request),
    };
    let code = page.code();
    let Ok(own) = catch_unwind(AssertUnwindSafe(render)) else {
        tracing::error!(target: "logto", code, "the application's `Pages` panicked, so the built-in page is shown; correct the method for this page");
        return None;
    };
    if own.as_ref().is_some_and(|own| own.is_empty()) {
        tracing::error!(target: "logto", code, "the application's `Pages` returned an empty page, so the built-in page is shown; return `None` to ask for it");
        return None;
    }
    own
}
