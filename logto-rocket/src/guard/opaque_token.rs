//! The opaque access token of a session.

use std::fmt;
use std::time::SystemTime;

use super::token_source::{FromCached, TokenSource};
use super::user::User;
use crate::clock::UnixTime;
use crate::error::Error;
use crate::session::{CachedToken, TokenTarget};
use crate::types::{Scopes, Secret};

/// The opaque access token of a user's session, for Logto itself: its userinfo endpoint and its Account API.
///
/// **It is for no API resource.** Whoever receives it can read and change the user's account at Logto as far as its
/// scopes allow. So it is a type of its own: it does not become an [`AccessToken`](crate::AccessToken), and an
/// `AuthorizedClient` does not take it. For an API, use [`User::access_token`].
///
/// Made by [`User::opaque_token`].
#[derive(Clone)]
pub struct OpaqueToken {
    secret: Secret,
    scopes: Scopes,
    expires: UnixTime,
    source: TokenSource<OpaqueToken>,
}

impl OpaqueToken {
    /// The token itself, to be sent to Logto as `Authorization: Bearer …`. Keep it out of logs.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// The OpenID Connect scopes that it was issued with, such as `openid profile email`. Scopes of API resources are
    /// never among them.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// When it expires.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires.to_system_time()
    }

    /// Where to get the next token from, after this one has expired or was refused.
    #[must_use]
    pub fn source(&self) -> TokenSource<OpaqueToken> {
        self.source.clone()
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpaqueToken").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl FromCached for OpaqueToken {
    fn from_cached(cached: &CachedToken, source: TokenSource<()>) -> Option<Self> {
        Some(OpaqueToken {
            secret: cached.secret.clone()?,
            scopes: cached.scopes.clone(),
            expires: cached.expires,
            source: source.of(),
        })
    }

    fn cached_secret(&self) -> &Secret {
        &self.secret
    }
}

impl User {
    /// The session's opaque access token, for calls to Logto's own endpoints that this crate does not make. It is the
    /// token of the sign-in while that is valid, else a fresh one, which concurrent requests share.
    ///
    /// Do not send it to an API: see [`OpaqueToken`].
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, User, require_auth};
    ///
    /// #[require_auth(via = "session")]
    /// #[get("/logto/scopes")]
    /// async fn scopes(user: User) -> Result<String, Error> {
    ///     let token = user.opaque_token().await?;
    ///     // http.get("https://my-tenant.logto.app/oidc/me").bearer_auth(token.secret())
    ///     Ok(format!("Logto tells this application: {}", token.scopes()))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the session has ended, [`Error::NoRefreshToken`] if the token has expired and the
    /// session cannot get another one, [`Error::Unavailable`] if Logto cannot be reached, [`Error::Store`] if the
    /// session store does not respond.
    pub async fn opaque_token(&self) -> Result<OpaqueToken, Error> {
        self.token_for(TokenTarget::userinfo()).await
    }
}
