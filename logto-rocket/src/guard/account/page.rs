//! Links to the pages of Logto's account center.

use std::fmt;

use rocket::Request;
use rocket::response::{self, Redirect, Responder};
use url::Url;

use crate::guard::return_path::public_return_path;
use crate::logto::{Logto, SET_APP_ID};

/// A page of Logto's account center, where users manage their accounts at Logto itself.
///
/// The first four are pages to stay on. The others are for one task: with [`AccountLink::return_to`] the browser comes
/// back after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountPage<'a> {
    /// The first page that the settings of the account center allow.
    Home,
    /// The profile.
    Profile,
    /// Password, e-mail address, phone number, second factors.
    Security,
    /// Sessions.
    Sessions,
    /// Set or change the e-mail address.
    Email,
    /// Set or change the phone number.
    Phone,
    /// Set or change the username.
    Username,
    /// Set or change the password.
    Password,
    /// Set up an authenticator app.
    AuthenticatorApp,
    /// Set up another authenticator app in place of the present one.
    ReplaceAuthenticatorApp,
    /// Generate backup codes.
    GenerateBackupCodes,
    /// Generate backup codes anew.
    RegenerateBackupCodes,
    /// See the backup codes.
    BackupCodes,
    /// Add a passkey.
    AddPasskey,
    /// Rename and remove passkeys.
    Passkeys,
    /// Link an account at an identity provider, by the id of the connector.
    Social(&'a str),
    /// Link another account in place of the present one.
    ChangeSocial(&'a str),
    /// Unlink the account.
    RemoveSocial(&'a str),
}

impl AccountPage<'_> {
    /// Whether it is for one task, after which the browser comes back.
    #[must_use]
    pub fn is_task(&self) -> bool {
        !matches!(
            self,
            AccountPage::Home | AccountPage::Profile | AccountPage::Security | AccountPage::Sessions
        )
    }

    /// Its path below `/account`, segment by segment.
    fn segments(&self) -> Vec<&str> {
        match self {
            AccountPage::Home => Vec::new(),
            AccountPage::Profile => vec!["profile"],
            AccountPage::Security => vec!["security"],
            AccountPage::Sessions => vec!["sessions"],
            AccountPage::Email => vec!["email"],
            AccountPage::Phone => vec!["phone"],
            AccountPage::Username => vec!["username"],
            AccountPage::Password => vec!["password"],
            AccountPage::AuthenticatorApp => vec!["authenticator-app"],
            AccountPage::ReplaceAuthenticatorApp => vec!["authenticator-app", "replace"],
            AccountPage::GenerateBackupCodes => vec!["backup-codes", "generate"],
            AccountPage::RegenerateBackupCodes => vec!["backup-codes", "regenerate"],
            AccountPage::BackupCodes => vec!["backup-codes", "manage"],
            AccountPage::AddPasskey => vec!["passkey", "add"],
            AccountPage::Passkeys => vec!["passkey", "manage"],
            AccountPage::Social(connector) => vec!["social", connector],
            AccountPage::ChangeSocial(connector) => vec!["social", connector, "change"],
            AccountPage::RemoveSocial(connector) => vec!["social", connector, "remove"],
        }
    }
}

/// The address of a page of the account center. It prints as the address, and a handler may return it to redirect the
/// browser there.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{AccountLink, AccountPage, Logto, require_auth, User};
/// use rocket::State;
///
/// #[require_auth(via = "session")]
/// #[get("/change-password")]
/// fn change_password(_user: User, logto: &State<Logto>) -> AccountLink {
///     logto.account_page(AccountPage::Password).return_to("/profile")
/// }
/// # fn main() {}
/// ```
#[derive(Clone)]
#[must_use = "the address has to be shown or returned"]
pub struct AccountLink {
    logto: Logto,
    url: Url,
    is_task: bool,
}

impl Logto {
    /// The address of a page of Logto's account center. The user is signed in there by the session at Logto, and is asked
    /// to sign in where that has ended.
    ///
    /// ```no_run
    /// use logto_rocket::{AccountPage, Logto};
    ///
    /// fn links(logto: &Logto) -> [String; 2] {
    ///     let security = logto.account_page(AccountPage::Security);
    ///     let password = logto.account_page(AccountPage::Password).return_to("/profile");
    ///     [security.to_string(), password.to_string()]
    /// }
    /// ```
    pub fn account_page(&self, page: AccountPage<'_>) -> AccountLink {
        let mut url = self.0.config.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("account").extend(page.segments());
        }
        AccountLink { logto: self.clone(), url, is_task: page.is_task() }
    }
}

impl AccountLink {
    /// Comes back to this path of the application after the task: `uri!(page)`, or a text. With several `public_urls`, at
    /// the first. Logto comes back within ten minutes, only after success, and from no page that [is not for a
    /// task](AccountPage::is_task): there the path is left out. What is not a path of this application, or lies below the
    /// prefix of this library's routes, is left out too; the log says so.
    pub fn return_to(self, path: impl fmt::Display) -> Self {
        if !self.is_task {
            return self;
        }
        let path = path.to_string();
        let Some(config) = self.logto.0.config.web_app.as_deref() else {
            tracing::error!(target: "logto", "ignored the `return_to` of an account page: an API alone has no pages; {SET_APP_ID}");
            return self;
        };
        match public_return_path(&path, config) {
            Some(public) => {
                let back = format!("{}{public}", config.public.main().as_str());
                return self.with("redirect", &back);
            }
            None => {
                tracing::error!(target: "logto", "ignored the `return_to` of an account page: \"{}\" is not a path of this application, or is below \"{}\"; pass `uri!(..)`", path.escape_debug(), config.prefix);
            }
        }
        self
    }

    /// Shows Logto's page of success first.
    pub fn show_success(self) -> Self {
        self.with("show_success", "true")
    }

    /// Fills this in as the new e-mail address, phone number or username.
    pub fn identifier(self, value: impl AsRef<str>) -> Self {
        self.with("identifier", value.as_ref())
    }

    /// The languages of the page, as language tags separated by spaces.
    pub fn ui_locales(self, tags: impl AsRef<str>) -> Self {
        self.with("ui_locales", tags.as_ref())
    }

    /// Replaces the parameter.
    fn with(mut self, name: &str, value: &str) -> Self {
        let others: Vec<(String, String)> = self
            .url
            .query_pairs()
            .filter(|(known, _)| known != name)
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        self.url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
        self
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Display for AccountLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountLink").field(&self.as_str()).finish()
    }
}

/// A redirect (303) to the page.
impl<'r> Responder<'r, 'static> for AccountLink {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Redirect::to(String::from(self.url)).respond_to(request)
    }
}
