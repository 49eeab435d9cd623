//! A sign-in that a handler begins.

use std::fmt::Display;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::Request;
use rocket::http::Status;
use rocket::response::{self, Responder};

use super::super::incoming::Incoming;
use super::super::reply::Reply;
use crate::guard::{PendingCookie, RequestContext, RequestState, own_cookies, public_return_path};
use crate::logto::{Logto, SET_APP_ID, WebApp};
use crate::pending_sign_in::SignInRequest;
use crate::session::{Purpose, SetCookie, random};
use crate::sign_in_parameters::{
    DirectSignIn, FirstScreen, Prompt, SignInIdentifier, SignInParameters, extra_parameter_problem,
    is_login_hint, is_ui_locales,
};
use crate::types::{OrganizationId, Secret};

/// The query parameter of the sign-in route that carries a sealed [`SignInRequest`].
pub(super) const SEALED: &str = "request";
/// How long the sign-in route takes a sealed request for: a browser follows the redirect at once.
const LIFETIME: Duration = Duration::from_secs(600);

/// Begins a sign-in with the parameters of a handler's choice. As the response of a handler it sends the browser to
/// Logto, and back to [`return_to`](Self::return_to).
///
/// Guards begin a sign-in by themselves, with the defaults under `[logto.sign_in]`. A link to `/logto/sign-in` begins
/// one with what its query says. This is for everything else: invitations, magic links, a button for one connector.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{DirectSignIn, OrganizationId, SignIn};
///
/// #[get("/dashboard")]
/// fn dashboard() -> &'static str { "welcome" }
///
/// #[get("/join/<org>")]
/// fn join(org: OrganizationId) -> SignIn {
///     SignIn::new().register().organization(&org).return_to(uri!(dashboard))
/// }
///
/// #[get("/sign-in/github")]
/// fn github() -> SignIn {
///     SignIn::new().direct_sign_in(DirectSignIn::social("github")).return_to(uri!(dashboard))
/// }
/// # fn main() {}
/// ```
///
/// # What Logto ignores
///
/// While the browser has a session at Logto, Logto ignores `first_screen`, `identifiers`, `direct_sign_in` and
/// `login_hint`, and the user comes back signed in with that session. [`prompt_login`](Self::prompt_login) has Logto
/// show its pages all the same. [`one_time_token`](Self::one_time_token) asks for that by itself.
///
/// # Errors
///
/// A parameter that cannot be sent, such as `state` in [`parameter`](Self::parameter), is a mistake in the
/// application: the response is a 500, and the log names the parameter.
#[derive(Debug, Clone, Default)]
#[must_use = "a `SignIn` does something only as the response of a handler"]
pub struct SignIn {
    parameters: SignInParameters,
    return_to: Option<String>,
    problems: Vec<String>,
}

impl SignIn {
    /// A sign-in as guards begin it.
    pub fn new() -> Self {
        SignIn::default()
    }

    /// The path of this application that the browser comes back to, as Rocket routes it: `uri!(page)`, or a text. What
    /// is not a path of this application, or below the prefix of this library's own routes, counts as not set: the browser
    /// then comes back to the setting `default_return_to`.
    pub fn return_to(mut self, path: impl Display) -> Self {
        self.return_to = Some(path.to_string());
        self
    }

    /// Shows the registration page first: [`FirstScreen::Register`].
    pub fn register(self) -> Self {
        self.first_screen(FirstScreen::Register)
    }

    /// Which of its pages Logto shows first.
    pub fn first_screen(mut self, screen: FirstScreen) -> Self {
        self.parameters.first_screen = Some(screen);
        self
    }

    /// What the user may identify with, on the pages [`FirstScreen::IdentifierSignIn`] and
    /// [`FirstScreen::IdentifierRegister`].
    pub fn identifiers(mut self, identifiers: impl IntoIterator<Item = SignInIdentifier>) -> Self {
        self.parameters.identifiers = identifiers.into_iter().collect();
        self
    }

    /// Fills in the identifier on Logto's page: an e-mail address, a phone number or a user name of up to 256 bytes.
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if is_login_hint(&hint) {
            self.parameters.login_hint = Some(hint);
        } else {
            self.problems
                .push("`login_hint` is empty, longer than 256 bytes, or has control characters".into());
        }
        self
    }

    /// Signs in with one connector, without Logto's sign-in page. Logto falls back to its sign-in page where it does
    /// not know the connector.
    pub fn direct_sign_in(mut self, direct: DirectSignIn) -> Self {
        if direct.is_valid() {
            self.parameters.direct_sign_in = Some(direct);
        } else {
            self.problems.push("`direct_sign_in` may have letters, digits, `-` and `_` only".into());
        }
        self
    }

    /// Signs in with a one-time token of Logto's Management API (a magic link), which was made for `email`.
    ///
    /// Logto takes the token only from a browser that shows its pages, so this asks for
    /// [`prompt_login`](Self::prompt_login) too. Anybody who opens the link is signed in as its addressee: send it to
    /// nobody else, and begin the sign-in only in the route that the link leads to.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::SignIn;
    ///
    /// #[get("/magic?<token>&<email>")]
    /// fn magic(token: String, email: String) -> SignIn {
    ///     SignIn::new().one_time_token(token, email)
    /// }
    /// # fn main() {}
    /// ```
    pub fn one_time_token(mut self, token: impl Into<String>, email: impl Into<String>) -> Self {
        let token = token.into();
        let is_token = (1..=512).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        if is_token {
            self.parameters.one_time_token = Some(Secret::new(token));
        } else {
            self.problems.push("`one_time_token` is not a one-time token of Logto".into());
        }
        self.prompt_login().login_hint(email)
    }

    /// Shows Logto's pages in the branding of an organization. It does **not** make the person a member, and the
    /// tokens are the same.
    pub fn organization(mut self, organization: &OrganizationId) -> Self {
        self.parameters.organization = Some(organization.clone());
        self
    }

    /// The languages of Logto's pages in order of preference, as language tags (BCP 47) separated by spaces, such as
    /// `fr-CA fr`.
    pub fn ui_locales(mut self, locales: impl Into<String>) -> Self {
        let locales = locales.into();
        if is_ui_locales(&locales) {
            self.parameters.ui_locales = Some(locales);
        } else {
            self.problems.push("`ui_locales` must be language tags separated by spaces".into());
        }
        self
    }

    /// Asks for a sign-in that is at most this old (OpenID Connect Core §3.1.2.1), in whole seconds. The callback
    /// refuses an older one.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.parameters.max_age = Some(Duration::from_secs(age.as_secs()));
        self
    }

    /// Has Logto ask for the user's credentials even if the browser has a session at Logto (`prompt=login`, OpenID
    /// Connect Core §3.1.2.1). If another user signs in, the old session at Logto ends.
    pub fn prompt_login(mut self) -> Self {
        self.parameters.prompt.login = true;
        self
    }

    /// Has Logto ask the user again what the application may do (`prompt=consent`, OpenID Connect Core §3.1.2.1). Of
    /// the applications of a tenant only third-party applications have a consent page. The setting `prompt` sends it
    /// with every sign-in by default.
    pub fn prompt_consent(mut self) -> Self {
        self.parameters.prompt.consent = true;
        self
    }

    /// Shows nothing to the user (`prompt=none`, OpenID Connect Core §3.1.2.1): a browser with a session at Logto comes
    /// back signed in, and another one comes back as it was. Either way it comes back to
    /// [`return_to`](Self::return_to), which then must not begin the next silent sign-in: there would be no end. For a
    /// page that signs everybody in silently there is [`#[public(sign_in = "silent")]`](macro@crate::public), which
    /// does it once for each browser.
    ///
    /// Logto answers with `consent_required`, so that nobody is signed in, where the user has not signed in to *this*
    /// application with the session at Logto, and where the application now asks for more scopes than then. It issues
    /// no refresh token, unless "Always issue refresh token" is enabled for the application.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::SignIn;
    ///
    /// #[get("/recognize-me")]
    /// fn recognize() -> SignIn {
    ///     SignIn::new().silent().return_to("/welcome")
    /// }
    /// # fn main() {}
    /// ```
    pub fn silent(mut self) -> Self {
        self.parameters.prompt.none = true;
        self
    }

    /// Adds a parameter that this library has no method for. The parameters that the library sets itself, such as
    /// `state`, `redirect_uri` and `scope`, are refused.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        match extra_parameter_problem(&name, &value) {
            None => {
                self.parameters.extra.retain(|(known, _)| *known != name);
                self.parameters.extra.push((name, value));
            }
            Some(problem) => self.problems.push(format!("the parameter `{}` {problem}", name.escape_debug())),
        }
        self
    }

    /// The address of the sign-in route with these parameters. `None` only if the crypto library fails.
    fn address(self, logto: &WebApp, browser: [u8; 16]) -> Option<String> {
        let request = SignInRequest {
            parameters: self.parameters,
            return_to: self.return_to.and_then(|path| public_return_path(&path, &logto.0.config)),
            created: logto.0.clock.now(),
            browser,
        };
        let prefix = &logto.0.config.prefix;
        let sealed = logto.0.keys.seal(Purpose::SignInRequest, prefix, &request)?;
        Some(format!("{prefix}/sign-in?{SEALED}={}", URL_SAFE_NO_PAD.encode(sealed)))
    }
}

/// A sealed request that came to the sign-in route.
pub(super) enum OpenedRequest {
    Valid(SignInRequest),
    /// It is too old, of another browser, or was not made by this application. Its path is used if it is genuine.
    Rejected {
        return_to: Option<String>,
    },
}

pub(super) fn open_request(incoming: &Incoming<'_>, text: &str) -> OpenedRequest {
    let shared = &incoming.logto.0;
    let sealed = URL_SAFE_NO_PAD.decode(text).ok();
    let opened = sealed.and_then(|sealed| {
        shared.keys.open::<SignInRequest>(Purpose::SignInRequest, &shared.config.prefix, &sealed)
    });
    let Some(request) = opened.map(|opened| opened.value) else {
        return OpenedRequest::Rejected { return_to: None };
    };
    let now = shared.clock.now();
    let is_young = request.created <= now.plus(shared.config.leeway) && now.since(request.created) < LIFETIME;
    let is_of_this_browser = browser_of(incoming.request, incoming.logto).is_some_and(|browser| {
        aws_lc_rs::constant_time::verify_slices_are_equal(&browser, &request.browser).is_ok()
    });
    if is_young && is_of_this_browser {
        OpenedRequest::Valid(request)
    } else {
        OpenedRequest::Rejected { return_to: request.return_to }
    }
}

/// The random value by which a browser is recognized that a `SignIn` was given to. Another browser cannot use its link:
/// it would sign a visitor in as the addressee of the link.
fn browser_of(request: &(impl RequestContext + ?Sized), logto: &WebApp) -> Option<[u8; 16]> {
    let name = logto.0.names.sign_in_request();
    let cookies = own_cookies(request, &logto.0.names);
    let value = cookies.iter().find(|(known, _)| *known == name)?.1;
    URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()
}

/// The same, given to the browser with the response. Tabs share one.
fn bind_browser(request: &Request<'_>, logto: &WebApp) -> [u8; 16] {
    let browser = browser_of(request, logto).unwrap_or_else(random);
    let cookie =
        SetCookie { name: logto.0.names.sign_in_request(), value: Some(URL_SAFE_NO_PAD.encode(browser)) };
    RequestState::of(request).set_cookie(PendingCookie { cookie, max_age: LIFETIME });
    browser
}

impl<'r> Responder<'r, 'static> for SignIn {
    fn respond_to(mut self, request: &'r Request<'_>) -> response::Result<'static> {
        let Some(logto) = request.rocket().state::<Logto>() else {
            tracing::error!(target: "logto", "a handler returned `SignIn`, but `Logto::fairing()` is not attached; attach it");
            return Err(Status::InternalServerError);
        };
        let Some(logto) = logto.web_app() else {
            tracing::error!(target: "logto", "a handler returned `SignIn`, but without `app_id` nobody can sign in to this server; {SET_APP_ID}");
            return Err(Status::InternalServerError);
        };
        let Prompt { login, consent, none } = self.parameters.prompt;
        if none && (login || consent) {
            self.problems
                .push("a silent sign-in shows nothing, and another method asks Logto to show a page".into());
        }
        if !self.problems.is_empty() {
            let problems = self.problems.join("; ");
            tracing::error!(target: "logto", "a handler returned a `SignIn` that cannot begin: {problems}; correct the handler");
            return Err(Status::InternalServerError);
        }
        match self.address(logto, bind_browser(request, logto)) {
            Some(address) => Reply::ExternalRedirect(address).respond_to(request),
            None => Err(Status::InternalServerError),
        }
    }
}
