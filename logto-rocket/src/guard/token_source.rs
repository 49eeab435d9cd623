//! Tokens for answers that go on for longer than a token lives.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::request_session::RequestSession;
use crate::error::Error;
use crate::logto::WebApp;
use crate::session::{CachedToken, TokenTarget};
use crate::token::TokenRequest;
use crate::types::Secret;

/// Where a stream gets a valid token from whenever it needs one: the response of an `EventStream`, a
/// `ByteStream` or a WebSocket may outlive the token that its handler was given.
///
/// Made by [`AccessToken::source`](crate::AccessToken::source), [`OrgToken::source`](crate::OrgToken::source) and
/// [`OpaqueToken::source`](crate::OpaqueToken::source). It owns what it needs, so it moves into the stream.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use std::time::Duration;
/// use logto_rocket::{AccessToken, with_access_token};
/// use rocket::response::stream::{Event, EventStream};
/// use rocket::tokio::time::interval;
///
/// #[with_access_token(resource = "https://shopping.your-app.com/api")]
/// #[get("/prices")]
/// fn prices(token: AccessToken) -> EventStream![Event + 'static] {
///     let tokens = token.source();
///     EventStream! {
///         let mut ticks = interval(Duration::from_secs(10));
///         loop {
///             ticks.tick().await;
///             // An error ends the stream: signed out, or Logto cannot be reached.
///             let Ok(token) = tokens.token().await else { break };
///             // http.get(..).bearer_auth(token.secret())
///             yield Event::data(token.scopes().to_string());
///         }
///     }
/// }
/// # fn main() {}
/// ```
///
/// # What becomes of what it refreshes
///
/// With a session store it is kept there, as after any other request. With sessions in cookies the answer's
/// head is gone already, and the browser cannot be told: then this process remembers it, a warning is
/// logged, and the browser's next request gets it. A rotated refresh token is remembered until then, for as
/// long as an idle session lives.
pub struct TokenSource<T> {
    request_session: Arc<RequestSession>,
    logto: WebApp,
    target: TokenTarget,
    kind: PhantomData<fn() -> T>,
}

/// The tokens that a source can have.
pub(super) trait FromCached: Sized {
    fn from_cached(cached: &CachedToken, source: TokenSource<()>) -> Option<Self>;

    /// The token itself.
    fn cached_secret(&self) -> &Secret;
}

impl<T> TokenSource<T> {
    pub(super) fn new(request_session: Arc<RequestSession>, logto: WebApp, target: TokenTarget) -> Self {
        TokenSource { request_session, logto, target, kind: PhantomData }
    }

    #[cfg(feature = "reqwest")]
    pub(super) fn logto(&self) -> &WebApp {
        &self.logto
    }

    /// The same source, for another type of token.
    pub(super) fn of<U>(&self) -> TokenSource<U> {
        TokenSource::new(Arc::clone(&self.request_session), self.logto.clone(), self.target.clone())
    }
}

#[allow(private_bounds, reason = "sources are made by token parameters alone")]
impl<T: FromCached> TokenSource<T> {
    /// A token that is valid for a while: the last one, or one fetched anew. Requests of the same session
    /// share what is fetched.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] once the user is signed out, here or elsewhere; [`Error::Unavailable`] if
    /// Logto cannot be reached and the last token has ended; [`Error::Store`] if the session store does not
    /// answer; [`Error::NotGranted`] if Logto no longer knows what was granted, such as a deleted API resource.
    pub async fn token(&self) -> Result<T, Error> {
        self.get(TokenRequest::secret(self.target.clone())).await
    }

    /// A valid token that is another one than `refused`: for an API that has refused that before its time, as
    /// after a rotation of Logto's keys. The session holds the new one from then on, and requests that have had
    /// the same token refused share one call to Logto. An API that refuses the new one as well will refuse the
    /// next: give up then.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{AccessToken, Error, with_access_token};
    ///
    /// # async fn call(token: &AccessToken) -> u16 { u16::from(token.secret().is_empty()) }
    /// #[with_access_token(resource = "https://shopping.your-app.com/api")]
    /// #[get("/upstream")]
    /// async fn upstream(token: AccessToken) -> Result<String, Error> {
    ///     // http.get(..).bearer_auth(token.secret())
    ///     let mut status = call(&token).await;
    ///     if status == 401 {
    ///         let another = token.source().token_instead_of(&token).await?;
    ///         status = call(&another).await;
    ///     }
    ///     Ok(status.to_string())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token); [`Error::Unavailable`] also if Logto gives the refused token again.
    pub async fn token_instead_of(&self, refused: &T) -> Result<T, Error> {
        self.get(TokenRequest::other_than(refused.cached_secret().clone(), self.target.clone())).await
    }

    /// The text of a valid token, which is another one than `refused`.
    #[cfg(feature = "reqwest")]
    pub(super) async fn secret(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let target = self.target.clone();
        let wanted = match refused {
            Some(refused) => TokenRequest::other_than(refused.clone(), target),
            None => TokenRequest::secret(target),
        };
        self.get(wanted).await.map(|token| token.cached_secret().clone())
    }

    async fn get(&self, wanted: TokenRequest) -> Result<T, Error> {
        self.request_session.catch_up(&self.logto).await?;
        let cached = self.request_session.token(&self.logto, &wanted).await;
        let cached = cached.map_err(Error::of_session_token)?;
        T::from_cached(&cached, self.of()).ok_or(Error::NoRefreshToken)
    }
}

impl<T> Clone for TokenSource<T> {
    fn clone(&self) -> Self {
        self.of()
    }
}

impl<T> fmt::Debug for TokenSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("target", &self.target).finish_non_exhaustive()
    }
}
