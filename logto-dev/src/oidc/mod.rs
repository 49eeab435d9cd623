//! The OpenID provider: one module per endpoint, and what they share.

mod authorize;
mod claims;
mod client;
mod consent;
mod cookies;
mod cors;
mod customize;
mod discovery;
mod duplicates;
mod end_session;
mod error;
mod grant;
mod interaction;
mod introspection;
mod logout;
mod pages;
mod pkce;
mod prompt;
mod pushed;
mod redirect;
mod revocation;
mod scopes;
mod sign_in;
mod token;
mod tokens;
mod userinfo;

pub(crate) use authorize::Authorization;
pub(crate) use claims::id_token_claims;
pub(crate) use client::client_id_of;
pub(crate) use customize::issued as customize_issued;
pub(crate) use grant::empty_grant;
pub(crate) use interaction::{Interaction, live_session};
pub(crate) use logout::{LogoutCall, logout_claims, logout_token_header, on_demand as logout_calls};
pub(crate) use pages::account as account_page;
pub(crate) use pushed::Pushed;
pub(crate) use scopes::organization_audience;
pub(crate) use tokens::{JwtToken, access_token_header, id_token_header, jwt_claims, opaque_token};

use crate::Endpoint;
use crate::account;
use crate::http::{Request, Response};
use crate::state::State;
use error::Refusal;

/// One request to the provider.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    /// The tenant's time in milliseconds since 1970.
    pub(crate) now: i64,
    pub(crate) issuer: &'a str,
    /// Scheme and host as the client sent them. Logto's URLs mirror them, its issuer does not.
    pub(crate) seen_as: String,
}

pub(crate) fn route(state: &mut State, call: &Call<'_>) -> Response {
    let request = call.request;
    if let Some(preflight) = cors::preflight(request) {
        return preflight;
    }
    let response = dispatch(state, call);
    cors::decorate(request, response)
}

fn dispatch(state: &mut State, call: &Call<'_>) -> Response {
    let path = call.request.path.as_str();
    let reads = matches!(call.request.method.as_str(), "GET" | "HEAD");
    let posts = call.request.is_post();
    match Endpoint::of(path) {
        Some(Endpoint::Discovery) if reads => discovery::document(state, call),
        Some(Endpoint::Jwks) if reads => discovery::jwks(state, call),
        Some(Endpoint::Authorize) if reads || posts => authorize::authorize(state, call),
        Some(Endpoint::SignIn) if reads || posts => interaction::route(state, call),
        Some(Endpoint::Token) if posts => token::token(state, call),
        Some(Endpoint::UserInfo) if reads || posts => userinfo::userinfo(state, call),
        Some(Endpoint::Revocation) if posts => revocation::revoke(state, call),
        Some(Endpoint::Introspection) if posts => introspection::introspect(state, call),
        Some(Endpoint::PushedAuthorization) if posts => pushed::push(state, call),
        Some(Endpoint::EndSession) if reads || posts => end_session::route(state, call),
        Some(Endpoint::AccountApi) => account::route(state, call),
        Some(Endpoint::AccountPage) if reads || posts => account::page(state, call),
        _ if path == "/api/.well-known/account-center" && reads => account::public_settings(state),
        _ if path == "/api/status" => Response::new(204),
        _ => no_such_route(call),
    }
}

fn no_such_route(call: &Call<'_>) -> Response {
    match call.request.path.strip_prefix("/oidc") {
        Some(route) => {
            let method = &call.request.method;
            let description = format!("unrecognized route or not allowed method ({method} on {route})");
            Refusal::new(404, "invalid_request", description).response(call.issuer)
        }
        None if call.request.path == "/unknown-session" => pages::unknown_session(),
        None if call.request.path == "/" => pages::front(call.issuer),
        None => Response::text(404, "Not Found"),
    }
}
