//! The token endpoint.

mod code;
mod exchange;
mod machine;
mod refresh;
mod user;

use serde_json::{Map, Value};

use super::error::Refusal;
use super::{Call, client, cors, duplicates};
use crate::Error;
use crate::http::{Params, Response};
use crate::model::{Application, ApplicationKind};
use crate::state::State;

/// A grant type that Logto announces, but allows for no kind of application in this tenant.
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) fn token(state: &mut State, call: &Call<'_>) -> Response {
    match grant(state, call) {
        Ok(tokens) => Response::json(200, &Value::Object(tokens)).no_store(),
        Err(refusal) if call.request.query.get("parse_error") == Some("false") => {
            refusal.bare_response(call.issuer).no_store()
        }
        Err(refusal) => refusal.uncached_response(call.issuer),
    }
}

fn grant(state: &mut State, call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let form = read_form(call, "/token")?;
    let client = client::authenticate(&state.directory, call, &form)?.clone();
    cors::check_origin(call.request, &client)?;
    duplicates::check_token(&form)?;
    let grant_type = form.present("grant_type").ok_or_else(|| Refusal::missing("grant_type"))?;
    check_grant_type(grant_type, &client)?;
    match grant_type {
        "authorization_code" => code::exchange(state, call, &client, &form),
        "refresh_token" => refresh::refresh(state, call, &client, &form),
        exchange::GRANT_TYPE => exchange::exchange(state, call, &client, &form),
        _ => machine::tokens(state, call, &client, &form),
    }
}

pub(crate) fn read_form(call: &Call<'_>, route: &str) -> Result<Params, Refusal> {
    let readable = matches!(
        call.request.content_type(),
        None | Some("application/x-www-form-urlencoded" | "application/json")
    );
    if readable {
        return Ok(call.request.form());
    }
    Err(Refusal::invalid_request(format!(
        "only application/x-www-form-urlencoded content-type bodies are supported on POST {route}"
    )))
}

fn check_grant_type(grant_type: &str, client: &Application) -> Result<(), Refusal> {
    let machine = client.kind == ApplicationKind::MachineToMachine;
    let allowed = match grant_type {
        "authorization_code" | "refresh_token" => !machine,
        "client_credentials" => machine,
        exchange::GRANT_TYPE => client.token_exchange,
        DEVICE_GRANT => false,
        _ => {
            let description = "unsupported grant_type requested";
            return Err(Refusal::new(400, "unsupported_grant_type", description));
        }
    };
    if allowed {
        return Ok(());
    }
    Err(Refusal::invalid_request("requested grant type is not allowed for this client"))
}

/// A failure of the crypto library is the tenant's error, not the client's.
pub(crate) fn server_error(_: Error) -> Refusal {
    Refusal::new(500, "server_error", "oops! something went wrong")
}
