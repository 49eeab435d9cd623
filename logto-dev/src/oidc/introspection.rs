//! The introspection endpoint, for opaque tokens.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::revocation::refuse_jwt;
use super::token::read_form;
use super::{Call, client, cors, duplicates};
use crate::http::Response;
use crate::state::{AccessToken, State};

pub(crate) fn introspect(state: &State, call: &Call<'_>) -> Response {
    match describe(state, call) {
        Ok(description) => Response::json(200, &description).no_store(),
        Err(refusal) => refusal.uncached_response(call.issuer),
    }
}

fn describe(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let form = read_form(call, "/token/introspection")?;
    let client = client::authenticate(&state.directory, call, &form)?;
    cors::check_origin(call.request, client)?;
    duplicates::check_named_token(&form)?;
    let token = form.present("token").ok_or_else(|| Refusal::missing("token"))?;
    refuse_jwt(token, "introspected via the introspection_endpoint")?;
    let alive = |grant: &str, session: Option<&str>, user: &str, expires_at: i64| {
        expires_at > call.now
            && state.is_alive(grant, session, call.now)
            && state.directory.active_user(user).is_some()
    };
    let access = state.access_tokens.get(token).filter(|token| {
        alive(&token.grant_id, token.session_uid.as_deref(), &token.user_id, token.expires_at)
    });
    if let Some(token) = access {
        return Ok(of_access_token(token, call.issuer));
    }
    let refresh = state.refresh_tokens.get(token).filter(|token| {
        let basis = &token.basis;
        token.replaced_at.is_none()
            && alive(&basis.grant_id, basis.session_uid.as_deref(), &basis.user_id, token.expires_at)
    });
    Ok(match refresh {
        Some(token) => json!({
            "active": true, "sub": token.basis.user_id, "client_id": token.basis.client_id, "iss": call.issuer,
            "iat": token.issued_at / 1000, "exp": token.expires_at / 1000, "scope": token.basis.scopes.join(" "),
        }),
        None => json!({ "active": false }),
    })
}

/// Claims of a JWT customizer override `sub`, but nothing else.
fn of_access_token(token: &AccessToken, issuer: &str) -> Value {
    let mut description = Map::new();
    description.insert("active".into(), true.into());
    description.insert("sub".into(), token.user_id.as_str().into());
    description.extend(token.extra.clone());
    description.insert("client_id".into(), token.client_id.as_str().into());
    description.insert("exp".into(), (token.expires_at / 1000).into());
    description.insert("iat".into(), (token.issued_at / 1000).into());
    description.insert("iss".into(), issuer.into());
    description.insert("scope".into(), token.scopes.join(" ").into());
    description.insert("token_type".into(), "Bearer".into());
    Value::Object(description)
}
