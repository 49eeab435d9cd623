//! Calls on behalf of a caller: its bearer token, exchanged for a token for another API (RFC 8693).

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use super::exchange::{ExchangedToken, Exchanges, SubjectToken, TokenExchange};
use crate::error::{Error, NotExchangeable};
use crate::types::OrganizationId;

/// An exchange of the caller's bearer token for a token for another API. Made by
/// [`Identity::exchange`](crate::Identity::exchange); `.await` gives the token.
#[derive(Clone)]
#[must_use = "the exchange is made by `.await`"]
pub struct OnBehalfOf(Result<CallerExchange, NotExchangeable>);

#[derive(Clone)]
struct CallerExchange {
    exchange: TokenExchange,
    subject: Arc<str>,
    /// Who acts for the subject, as the caller's token says.
    acted_by: Option<Arc<str>>,
}

/// What a caller has shown, which can be exchanged.
pub(crate) struct CallerToken<'c> {
    pub(crate) token: &'c str,
    /// The user whom the token is about.
    pub(crate) subject: Arc<str>,
    /// Who acts for them.
    pub(crate) acted_by: Option<Arc<str>>,
}

impl OnBehalfOf {
    pub(crate) fn new(exchanges: &Exchanges, caller: CallerToken<'_>, resource: &str) -> Self {
        let CallerToken { token, subject, acted_by } = caller;
        let exchange = exchanges.begin(SubjectToken::access_token(token)).resource(resource);
        OnBehalfOf(Ok(CallerExchange { exchange, subject, acted_by }))
    }

    pub(crate) fn impossible(why: NotExchangeable) -> Self {
        OnBehalfOf(Err(why))
    }

    /// For the API inside this organization, of which the user must be a member.
    pub fn organization(self, id: &OrganizationId) -> Self {
        self.with(|exchange| exchange.organization(id))
    }

    /// Requests these scopes, separated by spaces. **Logto gives none that is not requested**, and drops silently what
    /// the user does not have: look at [`ExchangedToken::scopes`].
    ///
    /// The scopes of the caller's own token are no limit: Logto grants whatever the user's roles allow. So request what
    /// this call needs, and check before that the caller may cause it.
    pub fn scopes(self, scopes: &str) -> Self {
        self.with(|exchange| exchange.scopes(scopes))
    }

    /// Who acts for the user: an opaque access token of theirs that was issued with the scope `openid`. It is needed
    /// where the caller's own token names somebody who acts for the user, and must be that person's.
    pub fn actor(self, token: impl Into<String>) -> Self {
        self.with(|exchange| exchange.actor(token))
    }

    /// Exchanges as the application of `machine_app_id`, not as the one that users sign in to.
    pub fn as_machine(self) -> Self {
        self.with(TokenExchange::as_machine)
    }

    fn with(self, change: impl FnOnce(TokenExchange) -> TokenExchange) -> Self {
        OnBehalfOf(self.0.map(|caller| CallerExchange { exchange: change(caller.exchange), ..caller }))
    }

    async fn token(self) -> Result<ExchangedToken, Error> {
        let CallerExchange { exchange, subject, acted_by } = self.0.map_err(Error::NotExchangeable)?;
        // Logto names an actor only if it is given one. Without, the other API would take the actor for the user.
        if acted_by.is_some() && !exchange.has_actor() {
            return Err(Error::NotExchangeable(NotExchangeable::ActorMissing));
        }
        let token = exchange.cached(&subject).await?;
        match acted_by {
            Some(actor) if token.actor() != Some(&*actor) => {
                Err(Error::NotExchangeable(NotExchangeable::ActorMissing))
            }
            _ => Ok(token),
        }
    }
}

impl IntoFuture for OnBehalfOf {
    type Output = Result<ExchangedToken, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.token())
    }
}

impl fmt::Debug for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(caller) => f.debug_tuple("OnBehalfOf").field(&caller.exchange).finish(),
            Err(why) => f.debug_tuple("OnBehalfOf").field(why).finish(),
        }
    }
}
