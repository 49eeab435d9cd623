//! Social identities, and the tokens of their providers.

use serde_json::{Map, Value};

use super::caller::editable;
use super::center::AccountField;
use super::error::Refusal;
use super::profile::update;
use super::route::{AccountCall, changed};
use crate::http::Response;
use crate::state::State;

/// `DELETE my-account/identities/:target`.
pub(super) fn unlink(state: &mut State, call: &AccountCall<'_>, target: &str) -> Result<Response, Refusal> {
    call.caller.needs_verification()?;
    editable(state, AccountField::Social)?;
    call.caller.needs_scope("identities", 400)?;
    let user_id = &call.caller.user_id;
    let linked = state.directory.user(user_id).is_some_and(|user| user.identities.get(target).is_some());
    if !linked {
        return Err(Refusal::new(404, "user.identity_not_exist"));
    }
    update(state, call, |user| {
        if let Value::Object(identities) = &mut user.identities {
            identities.remove(target);
        }
    });
    state.account.provider_tokens.remove(&(user_id.clone(), target.to_owned()));
    Ok(changed(state, user_id, Response::new(204)))
}

/// `GET my-account/identities/:target/access-token`, and the same for enterprise identities. The field `social` has no
/// effect on it.
pub(super) fn provider_token(
    state: &mut State,
    call: &AccountCall<'_>,
    target: &str,
) -> Result<Response, Refusal> {
    if !call.caller.has("identities") {
        return Err(Refusal::new(403, "auth.forbidden"));
    }
    let key = (call.caller.user_id.clone(), target.to_owned());
    let Some(stored) = state.account.provider_tokens.get(&key) else {
        return Err(Refusal::new(404, "secrets.third_party_token_set.token_not_found"));
    };
    let left_ms = stored.expires_at.map(|expires_at| expires_at - call.call.now);
    if left_ms.is_some_and(|left| left <= 0) {
        // Logto removes a token that it cannot refresh.
        state.account.provider_tokens.remove(&key);
        return Err(Refusal::new(401, "secrets.third_party_token_set.access_token_expired"));
    }
    let mut body = Map::new();
    body.insert("access_token".into(), stored.token.access_token.as_str().into());
    if let Some(scope) = &stored.token.scope {
        body.insert("scope".into(), scope.as_str().into());
        body.insert("token_type".into(), "Bearer".into());
    }
    body.extend(left_ms.map(|left| ("expires_in".to_owned(), ((left + 999) / 1000).into())));
    Ok(Response::json(200, &Value::Object(body)))
}
