//! The claims about the signed-in user as types of the application's own.

use serde::de::DeserializeOwned;

use super::user::User;
use crate::error::{ClaimsSource, Error};
use crate::oidc::typed_claims;

impl User {
    /// The claims of the ID token as a type of your own, as of sign-in or the last refresh. It has every claim about the
    /// user, also those that [`UserClaims`](crate::UserClaims) does not name; no claim of the protocol, such as `exp`.
    ///
    /// Many claims are `null` where the user has no value: take them as an `Option`.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, User, require_auth};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Preferences {
    ///     locale: Option<String>,
    ///     zoneinfo: Option<String>,
    /// }
    ///
    /// #[require_auth]
    /// #[get("/preferences")]
    /// fn preferences(user: User) -> Result<String, Error> {
    ///     let Preferences { locale, zoneinfo } = user.claims_as()?;
    ///     Ok(format!("{} {}", locale.as_deref().unwrap_or("en"), zoneinfo.as_deref().unwrap_or("UTC")))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidClaim`] names the claim that does not fit `T`.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        typed_claims(self.session().claims(), ClaimsSource::IdToken)
    }

    /// What Logto's userinfo endpoint says, as a type of your own: up to date, and with claims that the ID token leaves
    /// out. One call to Logto. [`info`](Self::info) has the same typed.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, User, require_auth};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Info {
    ///     custom_data: Delivery,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// struct Delivery {
    ///     doorbell: Option<String>,
    /// }
    ///
    /// #[require_auth]
    /// #[get("/delivery")]
    /// async fn delivery(user: User) -> Result<String, Error> {
    ///     let info: Info = user.info_as().await?;
    ///     Ok(info.custom_data.doorbell.unwrap_or_else(|| "knock".to_owned()))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidClaim`] names the claim that does not fit `T`; the others are those of [`info`](Self::info).
    pub async fn info_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let claims = self.request_session().userinfo(self.logto()).await?;
        typed_claims(&claims, ClaimsSource::UserInfo)
    }
}
