//! The tokens of identity providers.

use super::client::Account;
use crate::guard::user::User;
use crate::names::IDENTITIES;
use crate::oidc::account::{AccountCall, AccountError, ProviderToken, is_segment, provider_token_in};

impl User {
    /// The access token of a social identity provider, such as `github`, from Logto's secret vault: for calls to the
    /// provider's own API on the user's behalf. Needs the scope `identities`, and a connector with token storage.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{AccountError, AccountPage, Logto, User, require_auth};
    /// use rocket::State;
    /// use rocket::response::Redirect;
    ///
    /// #[require_auth(via = "session")]
    /// #[get("/repositories")]
    /// async fn repositories(user: User, logto: &State<Logto>) -> Result<String, Result<Redirect, AccountError>> {
    ///     match user.provider_token("github").await {
    ///         Ok(token) => Ok(format!("may {}", token.scope().unwrap_or("do something"))),
    ///         Err(error) if error.needs_reconnect() => {
    ///             let page = logto.account_page(AccountPage::Social("<connector id>")).return_to("/repositories");
    ///             Err(Ok(Redirect::to(page.to_string())))
    ///         }
    ///         Err(error) => Err(Err(error)),
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`AccountError::ProviderTokenNotFound`] and [`AccountError::ProviderTokenExpired`]: the user has to connect the
    /// account again ([`needs_reconnect`](AccountError::needs_reconnect)), and stays signed in here. Further those of every
    /// method of [`Account`].
    pub async fn provider_token(&self, target: &str) -> Result<ProviderToken, AccountError> {
        self.account().provider_token_at("identities", target).await
    }

    /// The same for an enterprise identity provider, by the id of its connector.
    ///
    /// # Errors
    ///
    /// As [`provider_token`](Self::provider_token).
    pub async fn sso_provider_token(&self, connector_id: &str) -> Result<ProviderToken, AccountError> {
        self.account().provider_token_at("sso-identities", connector_id).await
    }
}

impl Account {
    async fn provider_token_at(&self, kind: &str, target: &str) -> Result<ProviderToken, AccountError> {
        if !is_segment(target) {
            return Err(AccountError::ProviderTokenNotFound);
        }
        let call = AccountCall::get(["my-account", kind, target, "access-token"]).needing(IDENTITIES);
        provider_token_in(&self.send(&call).await?, self.now())
    }
}
