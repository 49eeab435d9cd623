//! The tenant's endpoints. They grant what the users of the tests may do, and refuse the rest as Logto does.

use reqwest::Request;
use serde_json::{Map, Value, json};

use super::form::{Form, bearer_of, client_of};
use super::{AccessTokenOf, ENDPOINT, ISSUER, Tenant};
use crate::error::Endpoint;
use crate::names::{OPENID, ORGANIZATIONS_SCOPE};
use crate::session::TokenTarget;
use crate::testing::bearer::TOKEN_LIFE;
use crate::testing::claims::userinfo;
use crate::testing::keys::opaque;
use crate::types::{OrganizationId, ResourceIndicator, Scopes};
use std::time::Duration;

/// A status and a JSON document.
type Response = (u16, Value);

/// Responds at one endpoint.
type Responder = fn(&Tenant, &Request) -> Response;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

impl Tenant {
    /// What responds at an endpoint. `None` if this tenant does not have the endpoint.
    pub(super) fn responder(endpoint: Endpoint) -> Option<Responder> {
        Some(match endpoint {
            Endpoint::Discovery => |_, _| (200, discovery()),
            Endpoint::Jwks => |tenant, _| (200, json!({ "keys": [tenant.key.jwk()] })),
            Endpoint::Token => Tenant::token,
            Endpoint::UserInfo => Tenant::userinfo,
            Endpoint::Revocation => Tenant::revocation,
            Endpoint::Introspection => Tenant::introspection,
            Endpoint::PushedAuthorization => |_, _| (201, pushed_request()),
            Endpoint::AccountApi => return None,
        })
    }

    fn revocation(&self, request: &Request) -> Response {
        if let Some(token) = Form::of(request).get("token") {
            self.grants.revoke(token);
        }
        (200, Value::Null)
    }

    fn token(&self, request: &Request) -> Response {
        let form = Form::of(request);
        let response = match form.get("grant_type") {
            Some("refresh_token") => self.refresh(&form),
            Some("client_credentials") => self.client_credentials(&form, request),
            Some(TOKEN_EXCHANGE) => self.exchange(&form, request),
            // No authorization request comes here, so there is no code.
            Some("authorization_code") => invalid_grant(),
            _ => Some(error(400, "unsupported_grant_type", "unsupported grant type")),
        };
        // aws-lc could not sign.
        response.unwrap_or_else(|| error(500, "server_error", "a token could not be signed"))
    }

    fn refresh(&self, form: &Form) -> Option<Response> {
        let refresh_token = form.get("refresh_token").unwrap_or_default();
        let Some(grant) = self.grants.of_refresh_token(refresh_token) else { return invalid_grant() };
        let Some(target) = target_of(form) else {
            return Some(error(403, "access_denied", "user is not a member of the organization"));
        };
        if let Some(resource) =
            target.resource.as_ref().filter(|one| !grant.requested.has_resource(one.as_str()))
        {
            return Some(invalid_target(resource));
        }
        if target.organization.is_some() && !grant.requested.has_scope(ORGANIZATIONS_SCOPE) {
            return Some(error(403, "insufficient_scope", "the organizations scope was not granted"));
        }
        let Some(scopes) = grant.scopes_of(&target) else {
            return Some(error(403, "access_denied", "user is not a member of the organization"));
        };
        let (access_token, scopes) = if target.is_opaque() {
            (self.grants.opaque_token(refresh_token), Scopes::parse(OPENID))
        } else {
            let of = AccessTokenOf {
                subject: &grant.user.subject,
                client_id: &self.app_id,
                target: &target,
                scopes: &scopes,
                claims: &grant.user.token_claims,
                issued_ago: Duration::ZERO,
            };
            (self.access_token(&of)?, scopes)
        };
        let mut response = token_response(&access_token, &scopes);
        response["refresh_token"] = json!(refresh_token);
        response["id_token"] = json!(self.id_token(&grant)?);
        Some((200, response))
    }

    /// The application's own tokens have the scopes that it requests.
    fn client_credentials(&self, form: &Form, request: &Request) -> Option<Response> {
        let Some(client_id) = client_of(request) else { return invalid_client() };
        let Some(target) = target_of(form).filter(|target| !target.is_opaque()) else {
            return Some(error(400, "invalid_target", "resource indicator is missing, or unknown"));
        };
        self.issue(&client_id, &client_id, &target, &requested_scopes(form))
    }

    /// The token of a [`TestBearer`](super::TestBearer) can be exchanged (RFC 8693); this tenant knows no other.
    fn exchange(&self, form: &Form, request: &Request) -> Option<Response> {
        let Some(client_id) = client_of(request) else { return invalid_client() };
        let subject_token = form.get("subject_token").unwrap_or_default();
        let Some(bearer) = self.grants.of_bearer(subject_token) else { return invalid_grant() };
        let target = target_of(form).filter(|target| !target.is_opaque());
        let Some(target) = target else {
            return Some(error(400, "invalid_target", "resource indicator is missing, or unknown"));
        };
        let Some(held) = bearer.permissions.scopes_of(&target) else {
            return Some(error(403, "access_denied", "user is not a member of the organization"));
        };
        let requested = requested_scopes(form);
        let scopes = held.iter().filter(|scope| requested.contains(scope)).collect();
        self.issue(&bearer.subject, &client_id, &target, &scopes)
    }

    fn issue(
        &self,
        subject: &str,
        client_id: &str,
        target: &TokenTarget,
        scopes: &Scopes,
    ) -> Option<Response> {
        let claims = &Map::new();
        let issued_ago = Duration::ZERO;
        let of = AccessTokenOf { subject, client_id, target, scopes, claims, issued_ago };
        let mut response = token_response(&self.access_token(&of)?, scopes);
        response["issued_token_type"] = json!("urn:ietf:params:oauth:token-type:access_token");
        Some((200, response))
    }

    fn userinfo(&self, request: &Request) -> Response {
        match bearer_of(request).and_then(|token| self.grants.of_opaque_token(token)) {
            Some(grant) => (200, Value::Object(userinfo(&grant))),
            None => error(401, "invalid_token", "invalid token provided"),
        }
    }

    fn introspection(&self, request: &Request) -> Response {
        let form = Form::of(request);
        let grant = form.get("token").and_then(|token| self.grants.of_opaque_token(token));
        let Some(grant) = grant else { return (200, json!({ "active": false })) };
        let now = self.clock.now();
        let document = json!({
            "active": true, "token_type": "Bearer", "iss": ISSUER, "client_id": self.app_id, "scope": OPENID,
            "sub": grant.user.subject, "iat": now, "exp": now.plus(TOKEN_LIFE),
        });
        (200, document)
    }
}

/// RFC 9126 §2.2.
fn pushed_request() -> Value {
    json!({ "request_uri": format!("urn:ietf:params:oauth:request_uri:{}", opaque()), "expires_in": 60 })
}

fn discovery() -> Value {
    let endpoint = |path: &str| format!("{ISSUER}{path}");
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": endpoint("/auth"),
        "token_endpoint": endpoint("/token"),
        "userinfo_endpoint": endpoint("/me"),
        "jwks_uri": endpoint("/jwks"),
        "revocation_endpoint": endpoint("/token/revocation"),
        "introspection_endpoint": endpoint("/token/introspection"),
        "end_session_endpoint": endpoint("/session/end"),
        "pushed_authorization_request_endpoint": endpoint("/request"),
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
        "service_documentation": ENDPOINT,
    })
}

/// What a token is asked for. `None` if the organization's id cannot be one.
fn target_of(form: &Form) -> Option<TokenTarget> {
    let organization = match form.get("organization_id") {
        Some(id) => Some(OrganizationId::new(id)?),
        None => None,
    };
    Some(TokenTarget { resource: form.get("resource").map(ResourceIndicator::new), organization })
}

fn requested_scopes(form: &Form) -> Scopes {
    Scopes::parse(form.get("scope").unwrap_or_default())
}

fn token_response(access_token: &str, scopes: &Scopes) -> Value {
    json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_LIFE.as_secs(),
        "scope": scopes.to_string(),
    })
}

fn error(status: u16, error: &str, description: &str) -> Response {
    (status, json!({ "error": error, "error_description": description }))
}

fn invalid_grant() -> Option<Response> {
    Some(error(400, "invalid_grant", "grant request is invalid"))
}

fn invalid_client() -> Option<Response> {
    Some(error(401, "invalid_client", "client authentication failed"))
}

fn invalid_target(resource: &ResourceIndicator) -> Response {
    error(400, "invalid_target", &format!("resource indicator is missing, or unknown: {resource}"))
}
