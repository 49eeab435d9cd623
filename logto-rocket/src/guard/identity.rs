//! Who came, whatever they showed.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::verified_token::VerifiedToken;
use crate::error::Error;
use crate::types::{OrganizationId, Scopes};

/// The caller of a guarded route: a user or a machine, through a session or a bearer token.
///
/// As a parameter beside an attribute it says who was let in; alone it is a guard of its own that asks
/// for nothing but a known caller.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{Identity, require_auth};
///
/// #[require_auth(scopes = "read:orders")]
/// #[get("/orders")]
/// fn orders(who: Identity) -> String {
///     format!("orders of {}", who.subject())
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct Identity {
    pub(super) subject: Arc<str>,
    pub(super) kind: SubjectKind,
    pub(super) via: Credential,
    pub(super) client_id: Option<Arc<str>>,
    pub(super) scopes: Scopes,
    pub(super) organization: Option<OrganizationId>,
    pub(super) actor: Option<Arc<str>>,
    /// Whether `scopes` says all; a rule that asks for no scope looks none up.
    pub(super) scopes_are_known: bool,
    /// The bearer token, in what a handler or a check has; `None` for a session.
    pub(super) caller: Option<Arc<Caller>>,
    pub(super) verified_token: VerifiedToken,
}

/// Two identities are equal where all of their methods say the same; their claims do not count.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let of = |identity: &Identity| (identity.kind, identity.via, identity.scopes_are_known);
        of(self) == of(other)
            && self.subject == other.subject
            && self.client_id == other.client_id
            && self.scopes == other.scopes
            && self.organization == other.organization
            && self.actor == other.actor
    }
}

impl Eq for Identity {}

/// What kind of subject a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A user.
    User,
    /// An application that acts for itself.
    Machine,
}

/// What a caller showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A session cookie.
    Session,
    /// An access token in the `Authorization` header.
    Bearer,
}

impl Identity {
    /// The subject (`sub`): Logto's id of the user, or the application's id for a machine.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// User or machine.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        self.kind
    }

    /// Session or bearer token.
    #[must_use]
    pub fn via(&self) -> Credential {
        self.via
    }

    /// The application that the bearer token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// What the caller is allowed: the scopes of the access token that was checked. For a session and a
    /// route that asks for no scope, those of its access token for the one configured API resource;
    /// none if there are several, or if Logto cannot be asked.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The organization that the caller acts in, on routes that name one.
    #[must_use]
    pub fn organization(&self) -> Option<&OrganizationId> {
        self.organization.as_ref()
    }

    /// Who really acts, where the bearer token was issued for somebody to act in the subject's name (`act`,
    /// RFC 8693 §4.1): the actor's `sub`. With Logto that is whoever impersonates the user.
    ///
    /// The rights are the subject's; this is for the record of who used them, and for routes that are not for actors.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Identity, require_auth};
    /// use rocket::http::Status;
    ///
    /// #[require_auth]
    /// #[delete("/account")]
    /// fn delete_account(who: Identity) -> Status {
    ///     if who.actor().is_some() { Status::Forbidden } else { Status::NoContent }
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// The claims of the token by which the caller was admitted, as a type of your own: those that the tenant's JWT
    /// customizer adds, and all others. It is the bearer token; for a session, the access token that the route's
    /// attribute was judged by, or the ID token if the attribute asks for no token (no scopes, resource or organization).
    ///
    /// The claims were verified with the token. A session in a cookie may have kept no more of the access token than
    /// its scopes. Then the token is fetched from Logto once, and kept from then on if the cookie has room for it.
    ///
    /// **Claims grant nothing.** A customizer can set any claim but `iss`, `sub`, `aud`, `exp`, `iat`, `jti`, `scope`
    /// and `client_id`; so `roles`, `act`, `sid` and `organization_id` say here what it wants them to say. The methods of
    /// this type and the keys of the attributes decide who may do what.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Error, Identity, require_auth};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Plan {
    ///     seats: u32,
    ///     trial: Option<bool>,
    /// }
    ///
    /// #[require_auth(scopes = "read:orders")]
    /// #[get("/seats")]
    /// async fn seats(who: Identity) -> Result<String, Error> {
    ///     let plan: Plan = who.claims().await?;
    ///     Ok(format!("{} seats, trial: {}", plan.seats, plan.trial.unwrap_or(false)))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// The guard [`Claims`](crate::Claims) does the same before the handler runs.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidClaim`] names the claim that does not fit `T`. [`Error::InvalidToken`] if the bearer token is
    /// opaque, and so has no claims. If a session's token has to be fetched: [`Error::SessionEnded`],
    /// [`Error::Unavailable`], [`Error::Refused`], [`Error::NoRefreshToken`] or [`Error::Store`].
    pub async fn claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.verified_token.claims().await?.read()
    }
}

impl SubjectKind {
    /// `user` or `machine`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SubjectKind::User => "user",
            SubjectKind::Machine => "machine",
        }
    }
}

impl Credential {
    /// `session` or `bearer`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Credential::Session => "session",
            Credential::Bearer => "bearer",
        }
    }
}
