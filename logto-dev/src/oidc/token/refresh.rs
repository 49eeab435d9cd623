//! The refresh token grant, and when a refresh token is replaced.

use serde_json::{Map, Value};

use super::user::{self, TokenRequest};
use crate::http::Params;
use crate::model::Application;
use crate::oidc::Call;
use crate::oidc::error::Refusal;
use crate::oidc::scopes::ORGANIZATIONS_SCOPE;
use crate::random;
use crate::state::{RefreshToken, State};

/// A rotated token is still accepted for this long, because responses can get lost.
const REPLACED_TOKEN_LEEWAY_MS: i64 = 3000;
/// After this long a chain of refresh tokens is not renewed.
const LINE_LIFE_MS: i64 = 365 * 86_400_000;

pub(crate) fn refresh(
    state: &mut State,
    call: &Call<'_>,
    client: &Application,
    form: &Params,
) -> Result<Map<String, Value>, Refusal> {
    let value = form.present("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
    let token = usable(state, call, client, value)?;
    let requested = read_request(form, &token)?;
    // A failed request does not rotate the token, because the client would not get the new one.
    let mut answer = user::tokens(state, call, &token.basis, "authorization_code refresh_token", requested)?;
    let next = if must_be_replaced(&token, client, call.now) {
        replace(state, value, token, client, call.now)
    } else {
        value.to_owned()
    };
    answer.insert("refresh_token".into(), next.into());
    Ok(answer)
}

fn usable(
    state: &mut State,
    call: &Call<'_>,
    client: &Application,
    value: &str,
) -> Result<RefreshToken, Refusal> {
    let token = state.refresh_tokens.get(value).ok_or_else(Refusal::invalid_grant)?.clone();
    let basis = &token.basis;
    let fits = basis.client_id == client.client_id
        && token.expires_at > call.now
        && state.is_alive(&basis.grant_id, basis.session_uid.as_deref(), call.now)
        && state.directory.active_user(&basis.user_id).is_some();
    if !fits {
        return Err(Refusal::invalid_grant());
    }
    if token.replaced_at.is_some_and(|at| call.now - at > REPLACED_TOKEN_LEEWAY_MS) {
        state.revoke_grant(&basis.grant_id);
        return Err(Refusal::invalid_grant());
    }
    Ok(token)
}

fn read_request(form: &Params, token: &RefreshToken) -> Result<TokenRequest, Refusal> {
    let held = &token.basis.scopes;
    let asked = form.words("scope");
    let missing: Vec<String> = asked.iter().filter(|scope| !held.contains(scope)).cloned().collect();
    if !missing.is_empty() {
        let refusal = Refusal::new(400, "invalid_scope", "refresh token missing requested scope");
        return Err(refusal.with_scope(missing.join(" ")));
    }
    let organization = form.present("organization_id").map(str::to_owned);
    if organization.is_some() && !held.iter().any(|scope| scope == ORGANIZATIONS_SCOPE) {
        let refusal = Refusal::new(403, "insufficient_scope", "refresh token missing required scope");
        return Err(refusal.with_scope(ORGANIZATIONS_SCOPE));
    }
    let scopes = if asked.is_empty() { held.clone() } else { asked };
    Ok(TokenRequest { scopes, organization, resource: user::one_resource(form) })
}

/// Public clients get a new token every time, others after 70 % of the token's lifetime, and always for a token
/// that was already rotated.
fn must_be_replaced(token: &RefreshToken, client: &Application, now: i64) -> bool {
    if now - token.line_began_at >= LINE_LIFE_MS {
        return false;
    }
    if client.is_public() || token.replaced_at.is_some() {
        return true;
    }
    let (age, life) = (now - token.issued_at, token.expires_at - token.issued_at);
    client.rotate_refresh_token && age * 10 >= life * 7
}

fn replace(state: &mut State, value: &str, token: RefreshToken, client: &Application, now: i64) -> String {
    if let Some(old) = state.refresh_tokens.get_mut(value) {
        old.replaced_at.get_or_insert(now);
    }
    let next = random::token();
    let renewed = RefreshToken {
        issued_at: now,
        expires_at: now + client.refresh_token_ttl_ms,
        replaced_at: None,
        ..token
    };
    state.refresh_tokens.insert(next.clone(), renewed);
    next
}
