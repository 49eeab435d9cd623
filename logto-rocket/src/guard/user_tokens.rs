//! Tokens of a signed-in user that a handler chooses while it runs.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use super::rule::BoxFuture;
use super::token_source::{FromCached, TokenSource};
use super::tokens::{AccessToken, OrgToken};
use super::user::User;
use crate::error::Error;
use crate::names::ORGANIZATIONS_RESOURCE;
use crate::session::TokenTarget;
use crate::token::TokenRequest;
use crate::types::{OrganizationId, ResourceIndicator};

/// A request for an access token. Made by [`User::access_token`]; `.await` makes it.
#[derive(Clone)]
#[must_use = "the token is requested by `.await`"]
pub struct AccessTokenRequest {
    user: User,
    target: TokenTarget,
}

impl AccessTokenRequest {
    /// For the API inside this organization, of which the user must be a member: an organization-level token.
    pub fn organization(mut self, id: &OrganizationId) -> Self {
        self.target.organization = Some(id.clone());
        self
    }

    async fn token(self) -> Result<AccessToken, Error> {
        let AccessTokenRequest { user, target } = self;
        let resources = user.logto().resources();
        // A token for the reserved resource is an organization's, and another type.
        let configured = |resource: &ResourceIndicator| {
            resource.as_str() != ORGANIZATIONS_RESOURCE && resources.contains(resource)
        };
        match target.resource.as_ref().filter(|resource| !configured(resource)) {
            Some(resource) => Err(Error::ResourceNotConfigured { resource: resource.clone() }),
            None => user.token_for(target).await,
        }
    }
}

impl IntoFuture for AccessTokenRequest {
    type Output = Result<AccessToken, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.token())
    }
}

impl fmt::Debug for AccessTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokenRequest").field("target", &self.target).finish_non_exhaustive()
    }
}

impl User {
    /// An access token for an API resource that is chosen while the handler runs. Where the resource is always the
    /// same, [`#[with_access_token]`](crate::with_access_token) requests the token before the handler runs, and can
    /// require scopes.
    ///
    /// `resource` is one of the setting `resources`, exactly as written there, because a sign-in requests those. The
    /// token is the one that the session holds while it is valid, else a fresh one, which concurrent requests share. It
    /// was verified when it arrived. It has those scopes that the sign-in requested, because a mounted guard names them
    /// or the setting `scopes` lists them, and that the user's roles give: look at [`AccessToken::scopes`].
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, OrganizationId, User, require_auth};
    ///
    /// #[require_auth(via = "session")]
    /// #[get("/partners/<partner>/orders/<org>")]
    /// async fn orders(user: User, partner: &str, org: OrganizationId) -> Result<String, Error> {
    ///     let api = match partner {
    ///         "north" => "https://north.your-app.com/api",
    ///         _ => "https://south.your-app.com/api",
    ///     };
    ///     // Without `.organization(..)` the token is for no organization.
    ///     let token = user.access_token(api).organization(&org).await?;
    ///     // http.get(..).bearer_auth(token.secret())
    ///     Ok(format!("allowed: {}", token.scopes()))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::ResourceNotConfigured`] if the setting `resources` does not list the resource; Logto is not asked.
    /// - [`Error::NotRequestedAtSignIn`] if the sign-in did not request the resource or the organizations.
    /// - [`Error::NotGranted`] if Logto no longer knows what was granted, such as a deleted API resource.
    /// - [`Error::Refused`] with status 403 and `access_denied` if the user is not a member of the organization.
    /// - [`Error::SessionEnded`], [`Error::NoRefreshToken`], [`Error::Unavailable`] and [`Error::Store`] as everywhere.
    ///
    /// A handler may return each of them: the response is that of a guard which failed.
    pub fn access_token(&self, resource: &str) -> AccessTokenRequest {
        AccessTokenRequest {
            user: self.clone(),
            target: TokenTarget::resource(ResourceIndicator::new(resource)),
        }
    }

    /// A token for an organization that is chosen while the handler runs. To have it proves that the user is a member.
    /// Where the organization is part of the request, [`#[with_org_token]`](crate::with_org_token) does the same
    /// before the handler runs.
    ///
    /// A sign-in requests organizations only if a mounted guard needs them, or if the setting `scopes` contains
    /// `urn:logto:scope:organizations`.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, OrganizationId, User, require_auth};
    ///
    /// #[require_auth(via = "session")]
    /// #[post("/invitations/<org>")]
    /// async fn invite(user: User, org: OrganizationId) -> Result<String, Error> {
    ///     let token = user.organization_token(&org).await?;
    ///     Ok(format!("may invite: {}", token.scopes().contains("invite:member")))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with status 403 and `access_denied` if the user is not a member; else as
    /// [`access_token`](Self::access_token).
    pub async fn organization_token(&self, id: &OrganizationId) -> Result<OrgToken, Error> {
        self.token_for(TokenTarget { resource: None, organization: Some(id.clone()) }).await
    }

    /// The token for `target`, from the session or from Logto.
    pub(super) async fn token_for<T: FromCached>(&self, target: TokenTarget) -> Result<T, Error> {
        let (session, logto) = (self.request_session(), self.logto());
        let wanted = TokenRequest::secret(target.clone());
        let cached = session.token(logto, &wanted).await.map_err(Error::of_session_token)?;
        let source = TokenSource::new(Arc::clone(session), logto.clone(), target);
        T::from_cached(&cached, source).ok_or(Error::NoRefreshToken)
    }
}
