//! What one sign-in may vary: Logto's authentication parameters.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::syntax::is_language_tags;
use crate::types::{OrganizationId, Secret};

/// The page that Logto shows first (`first_screen`).
///
/// Logto ignores it while the browser has a session at Logto, unless the sign-in asks for
/// [`prompt_login`](crate::SignIn::prompt_login).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FirstScreen {
    /// The sign-in page.
    SignIn,
    /// The registration page.
    Register,
    /// The page that resets a forgotten password.
    ResetPassword,
    /// The page that asks for the e-mail address of an enterprise account.
    SingleSignOn,
    /// A sign-in page that asks only for the identifiers of [`identifiers`](crate::SignIn::identifiers).
    IdentifierSignIn,
    /// A registration page that asks only for the identifiers of [`identifiers`](crate::SignIn::identifiers).
    IdentifierRegister,
}

impl FirstScreen {
    const ALL: [FirstScreen; 6] = [
        FirstScreen::SignIn,
        FirstScreen::Register,
        FirstScreen::ResetPassword,
        FirstScreen::SingleSignOn,
        FirstScreen::IdentifierSignIn,
        FirstScreen::IdentifierRegister,
    ];

    /// The value of `first_screen`.
    ///
    /// ```
    /// assert_eq!(logto_rocket::FirstScreen::IdentifierRegister.as_str(), "identifier:register");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FirstScreen::SignIn => "sign_in",
            FirstScreen::Register => "register",
            FirstScreen::ResetPassword => "reset_password",
            FirstScreen::SingleSignOn => "single_sign_on",
            FirstScreen::IdentifierSignIn => "identifier:sign_in",
            FirstScreen::IdentifierRegister => "identifier:register",
        }
    }

    /// `None` for a value that Logto does not know. Logto would show the sign-in page.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.as_str() == text)
    }
}

/// What a user may identify with on the pages [`FirstScreen::IdentifierSignIn`] and
/// [`FirstScreen::IdentifierRegister`] (`identifier`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SignInIdentifier {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A user name.
    Username,
}

impl SignInIdentifier {
    const ALL: [SignInIdentifier; 3] =
        [SignInIdentifier::Email, SignInIdentifier::Phone, SignInIdentifier::Username];

    /// The value in `identifier`.
    ///
    /// ```
    /// assert_eq!(logto_rocket::SignInIdentifier::Phone.as_str(), "phone");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SignInIdentifier::Email => "email",
            SignInIdentifier::Phone => "phone",
            SignInIdentifier::Username => "username",
        }
    }

    /// A list separated by spaces. `None` if it is empty or one of the identifiers is unknown.
    pub(crate) fn parse_list(text: &str) -> Option<Vec<Self>> {
        let find = |word: &str| Self::ALL.into_iter().find(|identifier| identifier.as_str() == word);
        text.split(' ').map(find).collect()
    }
}

/// Signs in with one connector, without Logto's sign-in page (`direct_sign_in`).
///
/// ```
/// use logto_rocket::DirectSignIn;
///
/// assert_eq!(DirectSignIn::social("google").to_string(), "social:google");
/// assert_eq!(DirectSignIn::enterprise_sso("u2yq4zhd1ut3").to_string(), "sso:u2yq4zhd1ut3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectSignIn {
    method: Method,
    target: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Method {
    Social,
    EnterpriseSso,
}

impl DirectSignIn {
    /// A social connector by its target, such as `google` or `github`.
    #[must_use]
    pub fn social(target: impl Into<String>) -> Self {
        DirectSignIn { method: Method::Social, target: target.into() }
    }

    /// An enterprise connector by its id.
    #[must_use]
    pub fn enterprise_sso(connector_id: impl Into<String>) -> Self {
        DirectSignIn { method: Method::EnterpriseSso, target: connector_id.into() }
    }

    /// Logto puts the target into the path of a redirect without checking it, so only letters, digits, `-` and `_`
    /// are accepted here.
    pub(crate) fn is_valid(&self) -> bool {
        (1..=128).contains(&self.target.len())
            && self.target.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }

    /// `None` if it is neither a social nor an enterprise connector.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let direct = match text.split_once(':')? {
            ("social", target) => Self::social(target),
            ("sso", target) => Self::enterprise_sso(target),
            _ => return None,
        };
        direct.is_valid().then_some(direct)
    }
}

/// The value of `direct_sign_in`.
impl fmt::Display for DirectSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Social => "social",
            Method::EnterpriseSso => "sso",
        };
        write!(f, "{method}:{}", self.target)
    }
}

/// What one sign-in asks Logto to show (`prompt`, OpenID Connect Core §3.1.2.1), besides the setting `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Prompt {
    /// The sign-in page, whatever session there is.
    pub(crate) login: bool,
    /// The consent page, where the application has one.
    pub(crate) consent: bool,
    /// Nothing. The others then do not count: `none` stands alone.
    pub(crate) none: bool,
}

/// The parameters of one sign-in. What is `None` or empty is not sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct SignInParameters {
    /// What Logto shows.
    pub(crate) prompt: Prompt,
    pub(crate) login_hint: Option<String>,
    pub(crate) first_screen: Option<FirstScreen>,
    pub(crate) identifiers: Vec<SignInIdentifier>,
    pub(crate) direct_sign_in: Option<DirectSignIn>,
    pub(crate) one_time_token: Option<Secret>,
    /// Whose branding Logto's pages have.
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) ui_locales: Option<String>,
    /// Asks for a sign-in that is at most this old (OpenID Connect Core §3.1.2.1).
    pub(crate) max_age: Option<Duration>,
    /// Parameters that this library has no name for.
    pub(crate) extra: Vec<(String, String)>,
}

impl SignInParameters {
    /// These parameters; for each that is not set, the one in `defaults`.
    pub(crate) fn or(self, defaults: &SignInParameters) -> Self {
        let mut extra = self.extra;
        let is_new = |name: &str| extra.iter().all(|(known, _)| known != name);
        let missing: Vec<_> = defaults.extra.iter().filter(|(name, _)| is_new(name)).cloned().collect();
        extra.extend(missing);
        SignInParameters {
            prompt: self.prompt,
            login_hint: self.login_hint.or_else(|| defaults.login_hint.clone()),
            first_screen: self.first_screen.or(defaults.first_screen),
            identifiers: if self.identifiers.is_empty() {
                defaults.identifiers.clone()
            } else {
                self.identifiers
            },
            direct_sign_in: self.direct_sign_in.or_else(|| defaults.direct_sign_in.clone()),
            one_time_token: self.one_time_token,
            organization: self.organization.or_else(|| defaults.organization.clone()),
            ui_locales: self.ui_locales.or_else(|| defaults.ui_locales.clone()),
            max_age: self.max_age.or(defaults.max_age),
            extra,
        }
    }

    /// A visitor may ask for a fresher sign-in than the default, and for no older one.
    pub(crate) fn no_older_than(mut self, defaults: &SignInParameters) -> Self {
        self.max_age = [self.max_age, defaults.max_age].into_iter().flatten().min();
        self
    }

    /// The parameters of Logto's own, as they are sent.
    pub(crate) fn extra_parameters(&self) -> Vec<(String, String)> {
        let identifiers: Vec<&str> = self.identifiers.iter().map(|identifier| identifier.as_str()).collect();
        let named = [
            ("first_screen", self.first_screen.map(|screen| screen.as_str().to_owned())),
            ("identifier", (!identifiers.is_empty()).then(|| identifiers.join(" "))),
            ("direct_sign_in", self.direct_sign_in.as_ref().map(DirectSignIn::to_string)),
            ("one_time_token", self.one_time_token.as_ref().map(|token| token.expose().to_owned())),
            ("organization_id", self.organization.as_ref().map(|id| id.as_str().to_owned())),
            ("ui_locales", self.ui_locales.clone()),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        named.chain(self.extra.iter().cloned()).collect()
    }
}

/// Names without values: some values are personal data or secrets.
impl fmt::Debug for SignInParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.extra_parameters();
        f.debug_list().entries(parameters.iter().map(|(name, _)| name)).finish()
    }
}

/// A hint that Logto's page can show.
pub(crate) fn is_login_hint(hint: &str) -> bool {
    (1..=256).contains(&hint.len()) && !hint.chars().any(char::is_control)
}

/// Language tags (BCP 47), separated by spaces.
pub(crate) fn is_ui_locales(locales: &str) -> bool {
    locales.len() <= 128 && is_language_tags(locales)
}

/// The parameters that a sign-in of this library sets itself, or has a method for.
const RESERVED: &[&str] = &[
    "acr_values",
    "claims",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "direct_sign_in",
    "first_screen",
    "id_token_hint",
    "identifier",
    "interaction_mode",
    "login_hint",
    "max_age",
    "nonce",
    "one_time_token",
    "organization_id",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// What is wrong with a parameter of the application's own.
pub(crate) fn extra_parameter_problem(name: &str, value: &str) -> Option<&'static str> {
    let is_name = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !is_name {
        return Some("is not the name of a parameter: use letters, digits, `-`, `_` and `.`");
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Some("is set by this library: use the method or the setting for it, if there is one");
    }
    if value.len() > 1024 || value.chars().any(char::is_control) {
        return Some("has a value with control characters, or one of more than 1024 bytes");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_that_logto_knows() {
        for screen in FirstScreen::ALL {
            assert_eq!(FirstScreen::parse(screen.as_str()), Some(screen));
        }
        for unknown in ["", "signUp", "signIn", "Register", "identifier:sign-in", "register "] {
            assert_eq!(FirstScreen::parse(unknown), None, "{unknown}");
        }
        assert_eq!(SignInIdentifier::parse_list("email username").map(|list| list.len()), Some(2));
        for unknown in ["", "email  phone", "Email", "email,phone"] {
            assert_eq!(SignInIdentifier::parse_list(unknown), None, "{unknown}");
        }
        for good in ["social:google", "sso:u2yq4zhd1ut3"] {
            assert_eq!(DirectSignIn::parse(good).map(|direct| direct.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "social", "social:", "social:a/../b", "oidc:a", "sso:a b", "social:a:b", "sso:a?x=y"]
        {
            assert_eq!(DirectSignIn::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn b04_no_parameter_of_the_library_is_overridden() {
        for name in RESERVED.iter().copied().chain(["Scope", "", "a b", "a=b", "\u{17f}cope"]) {
            assert!(extra_parameter_problem(name, "x").is_some(), "{name}");
        }
        assert_eq!(extra_parameter_problem("utm_source", "mail"), None);
        assert!(extra_parameter_problem("utm_source", "a\r\nb").is_some());
    }

    #[test]
    fn what_is_set_wins_over_the_defaults() {
        let defaults = SignInParameters {
            first_screen: Some(FirstScreen::Register),
            ui_locales: Some("fr".to_owned()),
            extra: vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())],
            ..SignInParameters::default()
        };
        let own = SignInParameters {
            first_screen: Some(FirstScreen::SignIn),
            extra: vec![("b".to_owned(), "3".to_owned())],
            ..SignInParameters::default()
        };
        let sent = own.or(&defaults).extra_parameters();
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(sent, [("first_screen", "sign_in"), ("ui_locales", "fr"), ("b", "3"), ("a", "1")]);
    }
}
