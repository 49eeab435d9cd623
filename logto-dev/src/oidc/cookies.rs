//! Logto's own cookies. On localhost the application receives them too, because cookies ignore ports.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::Call;
use super::authorize::Authorization;
use crate::http::{Request, Response, http_date};
use crate::random;
use crate::state::{SESSION_LIFE_MS, State};

pub(crate) const SESSION: &str = "_session";
const INTERACTION: &str = "_interaction";
const RESUME: &str = "_interaction_resume";
const LOGTO: &str = "_logto";
const ONE_TAP: &str = "_logto_google_one_tap_credential";

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Renews the session cookie, as every response to a browser with a session does.
pub(crate) fn keep_session(state: &State, call: &Call<'_>, id: &str, response: Response) -> Response {
    let rest = format!("path=/; samesite=lax; httponly; expires={}", http_date(call.now + SESSION_LIFE_MS));
    signed(state, response, SESSION, id, &rest)
}

pub(crate) fn drop_session(state: &State, response: Response) -> Response {
    signed(state, response, SESSION, "", &format!("path=/; expires={}; samesite=lax; httponly", http_date(0)))
}

/// Binds the browser to an interaction and to the page that may resume it.
pub(crate) fn set_interaction(
    state: &State,
    call: &Call<'_>,
    uid: &str,
    authorization: &Authorization,
    expires_at: i64,
    response: Response,
) -> Response {
    let expires = http_date(expires_at);
    let known = known_interactions(call.request);
    let response = signed(state, response, LOGTO, &page_context(authorization), "path=/; samesite=lax");
    let response = match &authorization.page.one_tap {
        Some(credential) => {
            let value = utf8_percent_encode(credential, COMPONENT).to_string();
            signed(state, response, ONE_TAP, &value, &format!("path=/; expires={expires}; samesite=lax"))
        }
        None => response,
    };
    let value =
        utf8_percent_encode(&interaction_map(known, &authorization.client_id, uid), COMPONENT).to_string();
    let rest = format!("path=/; expires={expires}; samesite=lax; httponly");
    let response = signed(state, response, INTERACTION, &value, &rest);
    let rest = format!("path=/oidc/auth/{uid}; expires={expires}; samesite=lax; httponly");
    signed(state, response, RESUME, uid, &rest)
}

pub(crate) fn drop_resume(state: &State, uid: &str, response: Response) -> Response {
    let rest = format!("path=/oidc/auth/{uid}; expires={}; samesite=lax; httponly", http_date(0));
    signed(state, response, RESUME, "", &rest)
}

pub(crate) fn resumes(request: &Request, uid: &str) -> bool {
    request.cookie(RESUME).as_deref() == Some(uid)
}

/// The interaction that a page belongs to: that of the named application, otherwise the latest.
pub(crate) fn interaction_of(request: &Request) -> Option<String> {
    let known = known_interactions(request);
    let named = request.query.get("app_id").and_then(|client_id| known.get(client_id));
    named.or_else(|| known.get("_legacy")).and_then(Value::as_str).map(str::to_owned)
}

fn known_interactions(request: &Request) -> Map<String, Value> {
    let cookie = request.cookie(INTERACTION).unwrap_or_default();
    serde_json::from_str(&cookie).unwrap_or_default()
}

fn interaction_map(mut known: Map<String, Value>, client_id: &str, uid: &str) -> String {
    known.insert("_legacy".into(), uid.into());
    known.insert(client_id.into(), uid.into());
    Value::Object(known).to_string()
}

/// Raw JSON with its quotes, as Logto sends it. Cookie parsers of applications have to tolerate it.
fn page_context(authorization: &Authorization) -> String {
    let mut context = Map::new();
    context.insert("appId".into(), authorization.client_id.as_str().into());
    if let Some(organization) = &authorization.page.organization_id {
        context.insert("organizationId".into(), organization.as_str().into());
    }
    if let Some(locales) = &authorization.page.ui_locales {
        context.insert("uiLocales".into(), locales.as_str().into());
    }
    Value::Object(context).to_string()
}

fn signed(state: &State, response: Response, name: &str, value: &str, rest: &str) -> Response {
    let signature = random::cookie_signature(&state.cookie_secret, name, value);
    response
        .header("set-cookie", format!("{name}={value}; {rest}"))
        .header("set-cookie", format!("{name}.sig={signature}; {rest}"))
}
