//! The discovery document and the key set.

use serde_json::{Value, json};

use super::Call;
use super::scopes::OIDC_SCOPES;
use crate::http::{Request, Response};
use crate::random;
use crate::state::State;

pub(crate) fn document(state: &State, call: &Call<'_>) -> Response {
    let body = metadata(state, call);
    let response = Response::json(200, &body);
    // Logto sends an entity tag only with the document itself.
    if call.request.method == "HEAD" { response } else { conditional(call.request, response) }
}

pub(crate) fn jwks(state: &State, call: &Call<'_>) -> Response {
    let response = Response::new(200)
        .header("content-type", "application/jwk-set+json; charset=utf-8")
        .header("cache-control", "no-cache, max-age=0, must-revalidate")
        .body(state.keys.published().to_string());
    conditional(call.request, response)
}

fn conditional(request: &Request, response: Response) -> Response {
    let etag = random::etag(&response.body);
    let known = request.header("if-none-match").is_some_and(|tags| tags.split(", ").any(|tag| tag == etag));
    if !known {
        return response.header("etag", etag);
    }
    let mut unchanged = Response::new(304).header("etag", etag);
    unchanged.headers.extend(response.headers.into_iter().filter(|(name, _)| *name == "cache-control"));
    unchanged
}

fn metadata(state: &State, call: &Call<'_>) -> Value {
    let at = |path: &str| format!("{}/oidc/{path}", call.seen_as);
    json!({
        "issuer": call.issuer,
        "authorization_endpoint": at("auth"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("me"),
        "jwks_uri": at("jwks"),
        "revocation_endpoint": at("token/revocation"),
        "introspection_endpoint": at("token/introspection"),
        "end_session_endpoint": at("session/end"),
        "device_authorization_endpoint": at("device/auth"),
        "pushed_authorization_request_endpoint": at("request"),
        "scopes_supported": OIDC_SCOPES,
        "claims_supported": [
            "sub", "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "username",
            "created_at", "email", "email_verified", "phone_number", "phone_number_verified", "address",
            "custom_data", "identities", "sso_identities", "roles", "organizations", "organization_data",
            "organization_roles", "sid", "auth_time", "iss",
        ],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code id_token", "code", "id_token", "none"],
        "response_modes_supported": ["form_post", "fragment", "query"],
        "grant_types_supported": [
            "implicit", "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": state.keys.algorithms(),
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": [
            "HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA",
        ],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}
