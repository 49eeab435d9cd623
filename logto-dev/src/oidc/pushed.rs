//! Pushed authorization requests (RFC 9126).

use serde_json::json;

use super::authorize::read;
use super::error::Refusal;
use super::redirect::Reply;
use super::token::read_form;
use super::{Call, client, cors, duplicates};
use crate::http::{Params, Response};
use crate::random;
use crate::state::State;

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
const LIFE_MS: i64 = 60_000;

/// A pushed authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    params: Params,
    pub(crate) expires_at: i64,
}

pub(crate) fn push(state: &mut State, call: &Call<'_>) -> Response {
    match accept(state, call) {
        Ok(params) => {
            let reference = format!("{PREFIX}{}", random::token());
            state.pushed.insert(reference.clone(), Pushed { params, expires_at: call.now + LIFE_MS });
            Response::json(201, &json!({ "expires_in": LIFE_MS / 1000, "request_uri": reference })).no_store()
        }
        Err(refusal) => refusal.uncached_response(call.issuer),
    }
}

fn accept(state: &State, call: &Call<'_>) -> Result<Params, Refusal> {
    let form = read_form(call, "/request")?;
    let client = client::authenticate(&state.directory, call, &form)?;
    cors::check_origin(call.request, client)?;
    let params = form.with("client_id", &client.client_id);
    if let Some((_, problem)) = duplicates::of_authorization(&params) {
        return Err(Refusal::invalid_request(problem));
    }
    let reply = Reply::of(&state.directory, &params)?;
    // Errors that the authorization endpoint would send to the callback are returned here.
    read(state, &params, &reply).map_err(|denial| {
        Refusal::new(400, denial.error, denial.description.unwrap_or_default().into_owned())
    })?;
    Ok(params)
}

/// The parameters of an authorization request: the pushed ones if it refers to them.
pub(crate) fn resolve(state: &State, params: Params, now: i64) -> Result<Params, Refusal> {
    // Another reference is not resolved. The callback gets the error that it is not supported.
    let pushed = params.present("request_uri").filter(|reference| reference.starts_with(PREFIX));
    let Some(reference) = pushed else { return Ok(params) };
    let deposited = state.pushed.get(reference).filter(|pushed| {
        pushed.expires_at > now && pushed.params.get("client_id") == params.get("client_id")
    });
    let deposited = deposited.map(|pushed| pushed.params.clone());
    deposited.ok_or_else(|| Refusal::new(400, "invalid_request_uri", "request_uri is invalid or expired"))
}
