//! Sign-out at the tenant: a page that submits itself, the confirmation, and the redirect to the application.

use serde_json::Value;
use url::Url;

use super::error::Refusal;
use super::interaction::{empty_session, live_session};
use super::{Call, cookies, logout, pages};
use crate::http::{Params, Response};
use crate::random;
use crate::state::{Ending, State};

pub(crate) fn route(state: &mut State, call: &Call<'_>) -> Response {
    match call.request.path.as_str() {
        "/oidc/session/end" => ask(state, call),
        "/oidc/session/end/confirm" if call.request.is_post() => confirm(state, call),
        "/oidc/session/end/success" => pages::signed_out().no_store(),
        _ => Refusal::new(404, "invalid_request", "unrecognized route or not allowed method")
            .response(call.issuer),
    }
}

fn ask(state: &mut State, call: &Call<'_>) -> Response {
    // A browser without a session gets an empty one, which holds the anti-forgery value of the sign-out.
    let session_id = live_session(state, call).unwrap_or_else(|| empty_session(state, call.now));
    let response = match destination(state, &call.request.params()) {
        Ok(location) => {
            let xsrf = random::hex48();
            let page = pages::end_session(&xsrf);
            if let Some(session) = state.sessions.get_mut(&session_id) {
                session.ending = Some(Ending { xsrf, location });
            }
            page
        }
        Err(refusal) => refusal.response(call.issuer),
    };
    cookies::keep_session(state, call, &session_id, response.no_store())
}

/// The final address for the browser; `None` for Logto's own page.
fn destination(state: &State, params: &Params) -> Result<Option<String>, Refusal> {
    let named = params.present("client_id");
    let hinted = params.present("id_token_hint").map(|hint| audience_of(state, hint)).transpose()?;
    if named.is_some() && hinted.is_some() && named != hinted.as_deref() {
        return Err(Refusal::invalid_request("client_id does not match the provided id_token_hint"));
    }
    let Some(client_id) = named.or(hinted.as_deref()) else { return Ok(None) };
    let client = state.directory.application(client_id).ok_or_else(|| Refusal::unknown_client(client_id))?;
    let Some(wanted) = params.present("post_logout_redirect_uri") else { return Ok(None) };
    let unregistered = || Refusal::invalid_request("post_logout_redirect_uri not registered");
    let mut location = Url::parse(wanted).map_err(|_| unregistered())?;
    let registered = client
        .post_logout_redirect_uris
        .iter()
        .any(|known| Url::parse(known).is_ok_and(|known| known == location));
    if !registered {
        return Err(unregistered());
    }
    if let Some(state) = params.present("state") {
        location.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(location.to_string()))
}

/// The client of an ID token of this tenant, expired or not.
fn audience_of(state: &State, hint: &str) -> Result<String, Refusal> {
    if hint.split('.').count() != 3 {
        return Err(Refusal::invalid_request("could not decode id_token_hint"));
    }
    let invalid = || Refusal::invalid_request("could not validate id_token_hint");
    let claims = state.keys.open(hint).ok_or_else(invalid)?;
    claims.get("aud").and_then(Value::as_str).map(str::to_owned).ok_or_else(invalid)
}

fn confirm(state: &mut State, call: &Call<'_>) -> Response {
    let form = call.request.form();
    let session_id = live_session(state, call).unwrap_or_default();
    let ending = state.sessions.get_mut(&session_id).and_then(|session| session.ending.take());
    let Some(ending) = ending else {
        return Refusal::session_not_found("could not find logout details").response(call.issuer).no_store();
    };
    if form.get("xsrf") != Some(ending.xsrf.as_str()) {
        return Refusal::invalid_request("xsrf token invalid").response(call.issuer).no_store();
    }
    let location = ending.location.unwrap_or_else(|| format!("{}/oidc/session/end/success", call.seen_as));
    let response = Response::redirect(303, &location).no_store();
    if form.get("logout").is_none() {
        return cookies::keep_session(state, call, &session_id, response);
    }
    let mut response = cookies::drop_session(state, response);
    if let Some(session) = state.sessions.remove(&session_id) {
        response.logouts = logout::calls(state, &session, call.issuer, call.now);
    }
    response
}
