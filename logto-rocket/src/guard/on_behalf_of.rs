//! Calls to another API on behalf of the caller of a route.

use std::sync::Arc;

use super::identity::{Identity, SubjectKind};
use crate::error::NotExchangeable;
use crate::token::{CallerToken, OnBehalfOf};

impl Identity {
    /// Exchanges the bearer token of the request for a token of the same user for another API (RFC 8693), so that this
    /// API can call that one on the user's behalf. The token that came with the request is not sent on: it is for this
    /// API alone.
    ///
    /// `resource` is the indicator of the other API exactly as registered in Logto. The setting `resources` need not
    /// list it. Logto grants only the [scopes](OnBehalfOf::scopes) that are requested.
    ///
    /// The exchanged token is kept for its life, for this bearer token alone, and concurrent requests with the same
    /// bearer token share one call to Logto. It was verified when it arrived, and is about the same user.
    ///
    /// # When Logto allows it
    ///
    /// Token exchange must be allowed on the application's page in Logto, or on that of the machine-to-machine
    /// application with [`as_machine`](OnBehalfOf::as_machine). The caller's token must have been issued to a
    /// first-party application of the tenant. Access tokens for an API resource and opaque access tokens can be
    /// exchanged, ID tokens cannot.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, Identity, require_auth};
    ///
    /// #[require_auth(via = "bearer", scopes = "write:orders")]
    /// #[post("/orders")]
    /// async fn place(who: Identity) -> Result<String, Error> {
    ///     let token = who.exchange("https://stock.your-app.com/api").scopes("reserve:items").await?;
    ///     // http.post(..).bearer_auth(token.secret())
    ///     Ok(format!("allowed at the stock: {}", token.scopes()))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::NotExchangeable`](crate::Error::NotExchangeable) if the caller has a session (then request the token
    ///   with [`User::access_token`](crate::User::access_token)), is a machine, or acts for the user and no
    ///   [`actor`](OnBehalfOf::actor) is given.
    /// - [`Error::ExchangeRefused`](crate::Error::ExchangeRefused) if Logto refuses: with the code
    ///   `subject_token_refused` the caller's token, for example one of a third-party application.
    /// - [`Error::Unavailable`](crate::Error::Unavailable) if Logto cannot be asked, and
    ///   [`Error::InvalidToken`](crate::Error::InvalidToken) if what it gave is not valid or is about another user.
    pub fn exchange(&self, resource: &str) -> OnBehalfOf {
        match (&self.caller, self.kind) {
            (None, _) => OnBehalfOf::impossible(NotExchangeable::Session),
            (Some(_), SubjectKind::Machine) => OnBehalfOf::impossible(NotExchangeable::Machine),
            (Some(caller), SubjectKind::User) => {
                let token = CallerToken {
                    token: &caller.token,
                    subject: Arc::clone(&self.subject),
                    acted_by: self.actor.clone(),
                };
                OnBehalfOf::new(&caller.exchanges, token, resource)
            }
        }
    }
}
