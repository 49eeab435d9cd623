//! The authorization code grant.

use serde_json::{Map, Value};

use super::user::{self, TokenRequest};
use crate::http::Params;
use crate::model::Application;
use crate::oidc::Call;
use crate::oidc::error::Refusal;
use crate::oidc::pkce;
use crate::random;
use crate::state::{Basis, Code, RefreshToken, State};

pub(crate) fn exchange(
    state: &mut State,
    call: &Call<'_>,
    client: &Application,
    form: &Params,
) -> Result<Map<String, Value>, Refusal> {
    let value = form.present("code").ok_or_else(|| Refusal::missing("code"))?;
    let redirect_uri = form.present("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
    let code = state.codes.get(value).ok_or_else(Refusal::invalid_grant)?.clone();
    let basis = code.basis.clone();
    let alive = basis.client_id == client.client_id
        && code.expires_at > call.now
        && state.is_alive(&basis.grant_id, basis.session_uid.as_deref(), call.now);
    if !alive {
        return Err(Refusal::invalid_grant());
    }
    let verifier = form.present("code_verifier");
    if let Some(problem) = verifier.and_then(|verifier| pkce::malformed(verifier, "code_verifier")) {
        return Err(Refusal::invalid_request(problem));
    }
    let fits = verifier_fits(&code, verifier) && code.redirect_uri == redirect_uri;
    if !fits {
        return Err(Refusal::invalid_grant());
    }
    if code.used {
        state.revoke_grant(&basis.grant_id);
        return Err(Refusal::invalid_grant());
    }
    if let Some(code) = state.codes.get_mut(value) {
        code.used = true;
    }
    // `scope` and `organization_id` have no meaning here; both are for refreshes.
    let requested =
        TokenRequest { scopes: basis.scopes.clone(), organization: None, resource: user::one_resource(form) };
    let mut answer = user::tokens(state, call, &basis, "authorization_code", requested)?;
    if gives_refresh_token(client, &basis) {
        answer.insert("refresh_token".into(), first_refresh_token(state, client, basis, call.now).into());
    }
    Ok(answer)
}

fn verifier_fits(code: &Code, verifier: Option<&str>) -> bool {
    let answer = verifier.map(|verifier| random::sha256_base64url(verifier.as_bytes()));
    answer == code.challenge
}

fn gives_refresh_token(client: &Application, basis: &Basis) -> bool {
    let offline = basis.scopes.iter().any(|scope| scope == "offline_access");
    offline || (client.always_issue_refresh_token && !client.is_public())
}

fn first_refresh_token(state: &mut State, client: &Application, basis: Basis, now: i64) -> String {
    let value = random::token();
    let token = RefreshToken {
        basis,
        issued_at: now,
        line_began_at: now,
        expires_at: now + client.refresh_token_ttl_ms,
        replaced_at: None,
    };
    state.refresh_tokens.insert(value.clone(), token);
    value
}
