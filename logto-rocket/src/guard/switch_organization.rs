//! The organization that a user works in.

use std::sync::Arc;

use super::user::User;
use crate::error::Error;
use crate::session::{Session, SessionUpdate, TokenTarget};
use crate::token::TokenRequest;
use crate::types::OrganizationId;

impl User {
    /// Makes an organization the one that the user works in: routes with `organization = "session"`
    /// then mean it, and it outlasts a new sign-in of the same user in this browser.
    ///
    /// An organization token is fetched first, since that alone proves the membership.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, OrganizationId, User, require_auth};
    /// use rocket::response::Redirect;
    ///
    /// #[require_auth(via = "session")]
    /// #[post("/organization/<id>")]
    /// async fn switch(user: User, id: &str) -> Result<Redirect, Error> {
    ///     let organization = OrganizationId::new(id).ok_or(Error::NoOrganization)?;
    ///     user.switch_organization(&organization).await?;
    ///     Ok(Redirect::to("/"))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with status 403 if the user is not a member, [`Error::Unavailable`] if Logto
    /// cannot be reached; the session is as before.
    pub async fn switch_organization(&self, organization: &OrganizationId) -> Result<(), Error> {
        let target = TokenTarget { resource: None, organization: Some(organization.clone()) };
        self.request_session().token(self.logto(), &TokenRequest::scopes(target)).await?;
        let chosen = organization.clone();
        let choose: SessionUpdate =
            Arc::new(move |session: &mut Session| session.organization = Some(chosen.clone()));
        self.request_session().change(self.logto(), choose).await
    }

    /// Undoes [`switch_organization`](Self::switch_organization): the user's only organization is the
    /// current one again, or none.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the session has ended meanwhile.
    pub async fn leave_organization(&self) -> Result<(), Error> {
        let none: SessionUpdate = Arc::new(|session: &mut Session| session.organization = None);
        self.request_session().change(self.logto(), none).await
    }
}
