//! An HTTP client that calls one API with a user's token, and its errors as responses.

use std::sync::Arc;

use rocket::Request;
use rocket::http::Status;
use rocket::response::{self, Responder};

use super::token_source::{FromCached, TokenSource};
use super::tokens::{AccessToken, OrgToken};
#[cfg(feature = "testing")]
use crate::oidc::Transport;
use crate::token::{AuthorizedClient, CallError, CallTokens, TokenFuture};
use crate::types::Secret;

/// A user's token that may be sent to an API. [`OpaqueToken`](crate::OpaqueToken) is none: it is for Logto.
#[diagnostic::on_unimplemented(
    message = "this token must not be sent to an API",
    label = "not an access token for an API",
    note = "use `user.access_token(..)` or `#[with_access_token]` for a token that an API accepts"
)]
pub(super) trait ApiToken: FromCached + 'static {}

impl ApiToken for AccessToken {}
impl ApiToken for OrgToken {}

impl<T: ApiToken> CallTokens for TokenSource<T> {
    #[cfg(feature = "testing")]
    fn transport(&self) -> Option<&dyn Transport> {
        self.logto().0.provider.transport().map(|transport| &**transport)
    }

    fn token<'a>(&'a self, refused: Option<&'a Secret>) -> TokenFuture<'a> {
        Box::pin(self.secret(refused))
    }
}

impl AuthorizedClient {
    /// A client for the API at `base`, which calls it on behalf of a signed-in user. `source` is that of an
    /// [`AccessToken`] or an [`OrgToken`]. All such clients of an application share their connections, so one can be
    /// made for each request.
    ///
    /// The rules are those of [`AuthorizedClient`]: the token goes to the base address and to nothing else. The token is
    /// renewed while the session lasts, and what is renewed is kept as [`TokenSource`] describes.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{AccessToken, AuthorizedClient, CallError, with_access_token};
    ///
    /// #[with_access_token(resource = "https://orders.your-app.com/api")]
    /// #[get("/orders")]
    /// async fn orders(token: AccessToken) -> Result<String, CallError> {
    ///     let orders = AuthorizedClient::for_user(token.source(), "https://orders.internal/api/")?;
    ///     let response = orders.send(orders.get("orders?of=tea")?).await?;
    ///     Ok(response.error_for_status()?.text().await?)
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError::BaseUrl`], or [`CallError::Http`] if TLS cannot be set up.
    #[allow(private_bounds, reason = "sources are made by tokens alone")]
    pub fn for_user<T: ApiToken>(source: TokenSource<T>, base: &str) -> Result<Self, CallError> {
        let http = source.logto().0.http_client_for_users.get_or_build()?;
        AuthorizedClient::with(http, Arc::new(source), base)
    }
}

/// A handler may return it. Where there is no token, the response is that of the [`Error`](crate::Error). An API that
/// cannot be called is 502, and a mistake in the application 500; what happened is in the log.
impl<'r> Responder<'r, 'static> for CallError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            CallError::Token(error) => error.respond_to(request),
            CallError::Http(error) => {
                // The address may contain what a user has entered.
                let error = CallError::Http(error.without_url());
                tracing::warn!(target: "logto", "a call to an API failed, so the response is 502: {error}");
                Err(Status::BadGateway)
            }
            #[cfg(feature = "testing")]
            CallError::UnderTest => {
                tracing::warn!(target: "logto", "a call to an API was not made, so the response is 502: {self}");
                Err(Status::BadGateway)
            }
            CallError::BaseUrl | CallError::Elsewhere { .. } => {
                tracing::error!(target: "logto", "a call to an API was not made, so the response is 500: {self}");
                Err(Status::InternalServerError)
            }
        }
    }
}
