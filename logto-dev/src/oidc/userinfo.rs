//! The userinfo endpoint.

use serde_json::Value;

use super::claims::{For, of_user};
use super::error::{Challenge, Refusal};
use super::{Call, cors};
use crate::http::Response;
use crate::state::State;

pub(crate) fn userinfo(state: &State, call: &Call<'_>) -> Response {
    let response = match claims(state, call) {
        Ok(claims) => Response::json(200, &claims),
        Err(refusal) => refusal.response(call.issuer),
    };
    response.no_store()
}

fn claims(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let challenged = |refusal: Refusal| refusal.with_challenge(Challenge::Bearer);
    let token = presented(call)?;
    let invalid = || challenged(Refusal::new(401, "invalid_token", "invalid token provided"));
    let token = state.access_tokens.get(&token).ok_or_else(invalid)?;
    let usable = token.expires_at > call.now
        && state.is_alive(&token.grant_id, token.session_uid.as_deref(), call.now);
    if !usable {
        return Err(invalid());
    }
    let client = state
        .directory
        .application(&token.client_id)
        .ok_or_else(|| challenged(Refusal::unknown_client(&token.client_id)))?;
    cors::check_origin(call.request, client).map_err(challenged)?;
    let user = state.directory.active_user(&token.user_id).ok_or_else(invalid)?;
    if !token.scopes.iter().any(|scope| scope == "openid") {
        let refusal = Refusal::new(403, "insufficient_scope", "access token missing openid scope");
        return Err(challenged(refusal.with_scope("openid")));
    }
    Ok(Value::Object(of_user(&state.directory, user, &token.scopes, For::UserInfo)))
}

fn presented(call: &Call<'_>) -> Result<String, Refusal> {
    let bad = |description: &str| Refusal::invalid_request(description).with_challenge(Challenge::Bearer);
    if call.request.query.get("access_token").is_some() {
        return Err(bad("access tokens must not be provided via query parameter"));
    }
    let posted = if call.request.is_post() { call.request.form() } else { Default::default() };
    let bearer =
        match call.request.header("authorization").map(|header| header.split(' ').collect::<Vec<_>>()) {
            None => None,
            Some(parts) => match parts.as_slice() {
                [scheme, token] if scheme.eq_ignore_ascii_case("bearer") => Some((*token).to_owned()),
                [_, _] => return Err(bad("authorization header scheme must be `Bearer`")),
                _ => return Err(bad("invalid authorization header value format")),
            },
        };
    match (bearer, posted.present("access_token").map(str::to_owned)) {
        (Some(_), Some(_)) => Err(bad("access token must only be provided using one mechanism")),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => {
            let refusal = Refusal::new(401, "invalid_token", "no access token provided");
            Err(refusal.with_challenge(Challenge::BareBearer))
        }
    }
}
