//! Access tokens and organization tokens as parameters of handlers.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use super::authorize::decide_once;
use super::failure::{AuthFailure, Refusal};
use super::granted::{FromAuthorized, Granted, GrantedSession};
use super::identity::Credential;
use super::launch::refuses_guard;
use super::request_state::RequestState;
use super::rule::{BoxFuture, Requirement, Rule, TokenKind};
use super::session_roles;
use super::token_source::{FromCached, TokenSource};
use crate::logto::WebApp;
use crate::session::CachedToken;
use crate::token::TokenRequest;
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// The state of a token parameter that no attribute has told what it is for.
#[derive(Debug, Clone, Copy)]
pub enum Unbound {}

/// A token parameter that an attribute has bound. Implemented by the attributes, never by hand.
#[diagnostic::on_unimplemented(
    message = "this token does not know what it is for",
    label = "no attribute has bound this parameter",
    note = "put `#[with_access_token]` above the route attribute for an `AccessToken`, or `#[with_org_token]` for an `OrgToken`"
)]
pub trait Binding: Send + Sync + 'static {
    /// The attribute's rule.
    const RULE: Rule;
}

impl<R: Requirement> Binding for R {
    const RULE: Rule = R::RULE;
}

#[derive(Clone)]
struct Token {
    secret: Secret,
    scopes: Scopes,
    expires: SystemTime,
    resource: Option<ResourceIndicator>,
    organization: Option<OrganizationId>,
    source: TokenSource<()>,
}

impl Token {
    fn new(cached: &CachedToken, source: TokenSource<()>) -> Option<Self> {
        Some(Token {
            secret: cached.secret.clone()?,
            scopes: cached.scopes.clone(),
            expires: cached.expires.to_system_time(),
            resource: cached.target.resource.clone(),
            organization: cached.target.organization.clone(),
            source,
        })
    }
}

async fn bound_token(
    request: &Request<'_>,
    requirement: TypeId,
    rule: &'static Rule,
    kind: TokenKind,
) -> Result<Token, AuthFailure> {
    // The hidden guard has decided already, and fetched the token.
    let granted = decide_once(request, requirement, rule).await?;
    token_of(&granted, kind).await
}

/// The token that the rule is about, if it is of the kind that is asked for: an access token proves no
/// membership, and an organization token must not be sent to an API.
async fn token_of(granted: &Granted<'_>, kind: TokenKind) -> Result<Token, AuthFailure> {
    let refuse = |refusal| Err(AuthFailure::new(refusal, granted.rule));
    let (Some(cached), Some(GrantedSession { request_session, web_app })) =
        (granted.token(), granted.session())
    else {
        // A bearer's token is the caller's; to be sent on, one has to be fetched for a session.
        let by_bearer = granted.identity().via() == Credential::Bearer;
        return refuse(if by_bearer { Refusal::CredentialNotAccepted } else { Refusal::Misconfigured });
    };
    let is_about = match granted.rule.token {
        // The field of a struct under `#[require_auth]`: its rule is about the token it was judged by.
        TokenKind::None if cached.target.resource.is_some() => TokenKind::Access,
        TokenKind::None => TokenKind::Organization,
        asked => asked,
    };
    if is_about != kind {
        tracing::error!(target: "logto", item = granted.rule.item, "the type of a field is not the kind of token that its attribute provides; change the field or the attribute");
        return refuse(Refusal::Misconfigured);
    }
    let source = TokenSource::new(Arc::clone(request_session), WebApp::clone(web_app), cached.target.clone());
    if let Some(token) = Token::new(cached, source.clone()) {
        return Ok(token);
    }
    // Judged by its scopes alone, as a cookie keeps them.
    let fetched = request_session.token(web_app, &TokenRequest::secret(cached.target.clone())).await;
    let fetched = fetched.map_err(|error| AuthFailure::from_error(error, granted.rule))?;
    // What was fetched is newer than what the decision knew.
    if !granted.rule.is_satisfied_by(&fetched.scopes) {
        return refuse(Refusal::InsufficientScope);
    }
    if granted.rule.asks_for_roles() {
        let organization = granted.identity().organization();
        session_roles::judge(request_session, web_app, granted.rule, organization).await?;
    }
    Token::new(&fetched, source).ok_or_else(|| AuthFailure::new(Refusal::Misconfigured, granted.rule))
}

macro_rules! token_parameter {
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        $(#[$doc])*
        pub struct $name<B = Unbound> {
            token: Token,
            binding: PhantomData<fn() -> B>,
        }

        impl<B> $name<B> {
            /// The token itself, to be sent as `Authorization: Bearer …`. Keep it out of logs.
            #[must_use]
            pub fn secret(&self) -> &str {
                self.token.secret.expose()
            }

            /// What it allows.
            #[must_use]
            pub fn scopes(&self) -> &Scopes {
                &self.token.scopes
            }

            /// When it ends.
            #[must_use]
            pub fn expires_at(&self) -> SystemTime {
                self.token.expires
            }

            /// Where a response that goes on for longer than this token lives gets the next one from, and where a
            /// handler gets another one whose API has refused this one
            /// ([`token_instead_of`](TokenSource::token_instead_of)).
            #[must_use]
            pub fn source(&self) -> TokenSource<$name> {
                self.token.source.of()
            }

            #[doc(hidden)]
            #[must_use]
            pub fn __unbind(self) -> $name {
                $name { token: self.token, binding: PhantomData }
            }
        }

        impl<B> fmt::Debug for $name<B> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("scopes", &self.token.scopes)
                    .field("resource", &self.token.resource)
                    .field("organization", &self.token.organization)
                    .finish_non_exhaustive()
            }
        }

        impl<B> Clone for $name<B> {
            fn clone(&self) -> Self {
                $name { token: self.token.clone(), binding: PhantomData }
            }
        }

        #[rocket::async_trait]
        impl<'r, B: Binding> FromRequest<'r> for $name<B> {
            type Error = AuthFailure;

            async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
                match bound_token(request, TypeId::of::<B>(), const { &B::RULE }, $kind).await {
                    Ok(token) => Outcome::Success($name { token, binding: PhantomData }),
                    Err(failure) => {
                        RequestState::of(request).record(request, &failure);
                        Outcome::Error((failure.status(), failure))
                    }
                }
            }
        }

        impl<R: Requirement> Sentinel for $name<R> {
            fn abort(rocket: &Rocket<Ignite>) -> bool {
                refuses_guard::<Self, R>(rocket)
            }
        }

        impl FromCached for $name {
            fn from_cached(cached: &CachedToken, source: TokenSource<()>) -> Option<Self> {
                Some($name { token: Token::new(cached, source)?, binding: PhantomData })
            }

            fn cached_secret(&self) -> &Secret {
                &self.token.secret
            }
        }

        impl FromAuthorized for $name {
            fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
                Box::pin(async move {
                    let token = token_of(granted, $kind).await?;
                    Ok($name { token, binding: PhantomData })
                })
            }
        }
    };
}

token_parameter! {
    /// An access token for an API resource, for calls that the handler makes on the user's behalf.
    ///
    /// Bound by [`#[with_access_token]`](crate::with_access_token), or requested in the handler with
    /// [`User::access_token`](crate::User::access_token). It is valid for a while longer, was verified when it arrived,
    /// and is kept in the session.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{AccessToken, with_access_token};
    ///
    /// #[with_access_token(resource = "https://shopping.your-app.com/api")]
    /// #[get("/upstream")]
    /// fn upstream(token: AccessToken) -> String {
    ///     // http.get(..).bearer_auth(token.secret())
    ///     format!("for {:?}, allowed: {}", token.resource(), token.scopes())
    /// }
    /// # fn main() {}
    /// ```
    AccessToken, TokenKind::Access
}

token_parameter! {
    /// A token for an organization that the user is a member of.
    ///
    /// Bound by [`#[with_org_token]`](crate::with_org_token), or requested in the handler with
    /// [`User::organization_token`](crate::User::organization_token). Having it proves the membership.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{OrgToken, with_org_token};
    ///
    /// #[with_org_token(scopes = "invite:member")]
    /// #[post("/orgs/<org_id>/invites")]
    /// fn invite(org_id: &str, token: OrgToken) -> String {
    ///     assert_eq!(token.organization().as_str(), org_id);
    ///     format!("allowed: {}", token.scopes())
    /// }
    /// # fn main() {}
    /// ```
    OrgToken, TokenKind::Organization
}

impl<B> AccessToken<B> {
    /// The API resource that the token is for: its audience.
    #[must_use]
    pub fn resource(&self) -> Option<&ResourceIndicator> {
        self.token.resource.as_ref()
    }

    /// The organization, if one was named.
    #[must_use]
    pub fn organization(&self) -> Option<&OrganizationId> {
        self.token.organization.as_ref()
    }
}

impl<B> OrgToken<B> {
    /// The organization that the token is for.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "its target always has an organization")]
    pub fn organization(&self) -> &OrganizationId {
        self.token
            .organization
            .as_ref()
            .unwrap_or_else(|| unreachable!("an organization token has an organization"))
    }

    /// The API resource, if the attribute names one: an organization-level API token.
    #[must_use]
    pub fn resource(&self) -> Option<&ResourceIndicator> {
        self.token.resource.as_ref()
    }
}
