//! The tenant of an application under test. It is in the process of the test: its endpoints are functions, and no request
//! is sent anywhere.

mod endpoints;
mod form;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Request, Url};
use serde_json::{Map, Value, json};

use super::bearer::{TOKEN_LIFE, TestBearer};
use super::claims::id_token_claims;
use super::grants::{Bearer, Grant, Grants};
use super::keys::{SigningKey, TokenKind, opaque};
use crate::clock::Clock;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::oidc::Transport;
use crate::session::TokenTarget;
use crate::types::Scopes;

/// The name of the tenant. `.test` is never a real domain (RFC 6761 §6.2).
pub(super) const ENDPOINT: &str = "https://logto.test";
pub(super) const ISSUER: &str = "https://logto.test/oidc";
const ANOTHER_ISSUER: &str = "https://another-tenant.test/oidc";

pub(super) struct Tenant {
    key: SigningKey,
    /// Of another tenant, which the application knows nothing of.
    foreign_key: SigningKey,
    /// The application's id. Empty for an API alone.
    app_id: String,
    clock: Clock,
    grants: Grants,
    is_down: AtomicBool,
    refused: Mutex<Vec<String>>,
}

/// What an access token is issued for.
pub(super) struct AccessTokenOf<'a> {
    pub(super) subject: &'a str,
    pub(super) client_id: &'a str,
    pub(super) target: &'a TokenTarget,
    pub(super) scopes: &'a Scopes,
    /// Custom claims, which may take the place of any other.
    pub(super) claims: &'a Map<String, Value>,
    pub(super) issued_ago: Duration,
}

impl Tenant {
    pub(super) fn new(app_id: String, clock: Clock) -> Result<Self, String> {
        Ok(Tenant {
            key: SigningKey::generate()?,
            foreign_key: SigningKey::generate()?,
            app_id,
            clock,
            grants: Grants::default(),
            is_down: AtomicBool::new(false),
            refused: Mutex::default(),
        })
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// What would have been sent to somebody else, and was not.
    pub(super) fn refused(&self) -> MutexGuard<'_, Vec<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a grant. Returns its refresh token, and an opaque access token.
    pub(super) fn begin_grant(&self, grant: Arc<Grant>) -> (String, String) {
        let refresh_token = self.grants.begin(grant);
        let opaque_token = self.grants.opaque_token(&refresh_token);
        (refresh_token, opaque_token)
    }

    /// A JWT access token for a target that names a resource or an organization. `None` if it cannot be signed.
    pub(super) fn access_token(&self, of: &AccessTokenOf<'_>) -> Option<String> {
        self.key.sign(TokenKind::AccessToken, &self.access_token_claims(of, ISSUER))
    }

    /// The same as it is in an `Authorization` header.
    pub(super) fn bearer_token(&self, bearer: &TestBearer, of: &AccessTokenOf<'_>) -> Option<String> {
        if bearer.is_of_another_tenant {
            let claims = self.access_token_claims(of, ANOTHER_ISSUER);
            return self.foreign_key.sign(TokenKind::AccessToken, &claims);
        }
        let token = self.access_token(of)?;
        let (subject, permissions) = (bearer.subject.clone(), bearer.permissions.clone());
        self.grants.note_bearer(&token, Bearer { subject, permissions });
        Some(token)
    }

    fn access_token_claims(&self, of: &AccessTokenOf<'_>, issuer: &str) -> Map<String, Value> {
        let issued = self.clock.now().minus(of.issued_ago);
        let mut claims = Map::new();
        let standard = [
            ("jti", json!(opaque())),
            ("iss", json!(issuer)),
            ("sub", json!(of.subject)),
            ("client_id", json!(of.client_id)),
            ("aud", json!(of.target.audience())),
            ("scope", json!(of.scopes.to_string())),
            ("iat", json!(issued)),
            ("exp", json!(issued.plus(TOKEN_LIFE))),
        ];
        claims.extend(standard.map(|(name, value)| (name.to_owned(), value)));
        if let (Some(_), Some(organization)) = (&of.target.resource, &of.target.organization) {
            claims.insert("organization_id".to_owned(), json!(organization));
        }
        claims.extend(of.claims.clone());
        claims
    }

    fn id_token(&self, grant: &Grant) -> Option<String> {
        let now = self.clock.now();
        let mut claims = id_token_claims(grant);
        let protocol = [
            ("iss", json!(ISSUER)),
            ("aud", json!(self.app_id)),
            ("iat", json!(now)),
            ("exp", json!(now.plus(TOKEN_LIFE))),
        ];
        claims.extend(protocol.map(|(name, value)| (name.to_owned(), value)));
        self.key.sign(TokenKind::IdToken, &claims)
    }
}

/// Whether a request is for this tenant, and not for the one of a deployment.
fn is_here(request: &Request) -> bool {
    Url::parse(ENDPOINT).is_ok_and(|here| here.origin() == request.url().origin())
}

#[async_trait]
impl Transport for Tenant {
    async fn answer(&self, endpoint: Endpoint, request: &Request) -> Result<(u16, Vec<u8>), Unavailable> {
        let unavailable = |why: &str| Unavailable::new(endpoint, UnavailableCause::Connect(why.to_owned()));
        // Also while it is down: what is for somebody else is counted whatever becomes of it.
        let Some(respond) = Tenant::responder(endpoint).filter(|_| is_here(request)) else {
            self.refuse(request);
            return Err(unavailable(
                "`logto_rocket::testing` has no such endpoint, and sends nothing; use a tenant of `logto-dev` for this test",
            ));
        };
        if self.is_down.load(Ordering::Relaxed) {
            return Err(unavailable("the test says that Logto is down"));
        }
        let (status, body) = respond(self, request);
        Ok((status, body.to_string().into_bytes()))
    }

    fn refuse(&self, request: &Request) {
        let mut url = request.url().clone();
        // It may hold what must not be printed.
        url.set_query(None);
        self.refused().push(format!("{} {url}", request.method()));
    }
}
