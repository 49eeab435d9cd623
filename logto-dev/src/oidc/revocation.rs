//! The revocation endpoint: revoking any token ends its whole grant.

use super::error::Refusal;
use super::token::read_form;
use super::{Call, client, cors, duplicates};
use crate::http::Response;
use crate::state::State;

pub(crate) fn revoke(state: &mut State, call: &Call<'_>) -> Response {
    match find(state, call) {
        Ok(grant) => {
            if let Some(grant) = grant {
                state.revoke_grant(&grant);
            }
            Response::text(200, "")
        }
        Err(refusal) => refusal.response(call.issuer),
    }
}

/// The grant of the presented token. An unknown token has none, which is not an error.
fn find(state: &State, call: &Call<'_>) -> Result<Option<String>, Refusal> {
    let form = read_form(call, "/token/revocation")?;
    let client = client::authenticate(&state.directory, call, &form)?;
    cors::check_origin(call.request, client)?;
    duplicates::check_named_token(&form)?;
    let token = form.present("token").ok_or_else(|| Refusal::missing("token"))?;
    refuse_jwt(token, "revoked via the revocation_endpoint")?;
    let of_access = state.access_tokens.get(token).map(|token| (&token.client_id, &token.grant_id));
    let of_refresh =
        state.refresh_tokens.get(token).map(|token| (&token.basis.client_id, &token.basis.grant_id));
    let Some((owner, grant)) = of_access.or(of_refresh) else { return Ok(None) };
    if *owner != client.client_id {
        return Err(Refusal::invalid_request("client is not authorized to revoke the presented token"));
    }
    Ok(Some(grant.clone()))
}

pub(crate) fn refuse_jwt(token: &str, what: &str) -> Result<(), Refusal> {
    if token.split('.').count() != 3 {
        return Ok(());
    }
    Err(Refusal::new(400, "unsupported_token_type", format!("Structured JWT Tokens cannot be {what}")))
}
