//! Everything that Logto knows of a signed-in user, asked anew.

use std::sync::Arc;

use super::user::User;
use crate::error::Error;
use crate::token::TokenRequest;

impl User {
    /// Asks Logto anew for the user's claims and roles, and forgets the access tokens that the session holds, so that
    /// each is fetched anew when it is next needed. Returns the user as they are now; this one keeps the claims of
    /// before. One call to Logto, which requests that ask for it at the same time share.
    ///
    /// It is for the moment after a change, such as when the user has got a role. Without it a change counts
    /// after the setting `authorization_max_age` at the latest.
    ///
    /// A refresh never brings what the sign-in did not request, and no scopes of an API resource that a role gives
    /// which the user has got since the sign-in: Logto grants those at sign-in alone. A link to the sign-in route
    /// brings them; while the user is signed in at Logto, it shows them nothing.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, User, require_auth};
    /// use rocket::response::Redirect;
    ///
    /// # async fn give_role(_: &str) {}
    /// #[require_auth]
    /// #[post("/upgrade")]
    /// async fn upgrade(user: User) -> Result<Redirect, Error> {
    ///     give_role(user.subject()).await; // with Logto's Management API
    ///     let user = user.refresh().await?;
    ///     assert!(user.claims().roles.iter().any(|role| role == "customer"));
    ///     Ok(Redirect::to("/"))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Unavailable`] if Logto cannot be reached. The session stays as it was.
    /// - [`Error::SessionEnded`] if Logto no longer knows the sign-in. The session has ended.
    /// - [`Error::NoRefreshToken`] if Logto has issued no refresh token at sign-in.
    /// - [`Error::Refused`] if Logto refuses for another reason, such as an access rule of the tenant.
    /// - [`Error::Store`] if the session store does not respond.
    pub async fn refresh(&self) -> Result<User, Error> {
        let request_session = self.request_session();
        request_session.token(self.logto(), &TokenRequest::anew()).await?;
        let session = request_session.active()?;
        Ok(User::new(Arc::clone(session.snapshot()), Arc::clone(request_session), self.logto().clone()))
    }
}
