//! The routes of the Account API.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::caller::Caller;
use super::error::Refusal;
use super::{credentials, factors, identities, input, profile, sessions, verification};
use crate::http::Response;
use crate::oidc::Call;
use crate::state::State;
use crate::webhooks::Event;

/// One call whose token is good.
pub(super) struct AccountCall<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) caller: Caller,
    pub(super) body: Map<String, Value>,
}

/// The settings of the account center, which everybody may read.
pub(crate) fn public_settings(state: &State) -> Response {
    Response::json(200, &state.account.center.to_json())
}

/// Answers a request to `/api/my-account` or `/api/verifications`, or below them.
pub(crate) fn route(state: &mut State, call: &Call<'_>) -> Response {
    let path = call.request.path.strip_prefix("/api/").unwrap_or_default();
    let segments: Vec<String> =
        path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some(allowed) = methods(&segments) else { return Response::text(404, "Not Found") };
    let method = call.request.method.as_str();
    if !allowed.split(", ").any(|known| known == method) {
        return Response::text(405, "Method Not Allowed").header("allow", allowed);
    }
    let method = if method == "HEAD" { "GET" } else { method };
    match admitted(state, call, method) {
        Ok(account_call) => {
            dispatch(state, &account_call, method, &segments).unwrap_or_else(Refusal::response)
        }
        Err(response) => response,
    }
}

fn admitted<'a>(state: &State, call: &'a Call<'a>, method: &str) -> Result<AccountCall<'a>, Response> {
    let caller = Caller::of(state, call).map_err(Refusal::response)?;
    if !state.account.center.is_enabled() {
        return Err(Refusal::not_enabled().response());
    }
    if method != "GET" {
        caller.may_change().map_err(Refusal::response)?;
    }
    let body =
        if matches!(method, "POST" | "PATCH" | "PUT") { input::body(call.request)? } else { Map::new() };
    Ok(AccountCall { call, caller, body })
}

/// The methods of a route, in the order of Logto's `Allow` header.
fn methods(segments: &[&str]) -> Option<&'static str> {
    Some(match segments {
        ["my-account"] => "HEAD, GET, PATCH",
        ["my-account", "profile"] => "PATCH",
        ["my-account", "password"] | ["verifications", "password"] => "POST",
        ["verifications", "verification-code"] | ["verifications", "verification-code", "verify"] => "POST",
        ["my-account", "primary-email" | "primary-phone"] => "POST, DELETE",
        ["my-account", "mfa-verifications"] => "HEAD, GET, POST",
        ["my-account", "mfa-verifications", "totp-secret" | "backup-codes", "generate"] => "POST",
        ["my-account", "mfa-verifications", "backup-codes"] => "HEAD, GET, DELETE",
        ["my-account", "mfa-verifications", _] => "DELETE",
        ["my-account", "identities"] => "POST, PUT",
        ["my-account", "identities", _] => "DELETE",
        ["my-account", "identities", _, "access-token"] => "HEAD, GET, PUT",
        ["my-account", "sso-identities", _, "access-token"] => "HEAD, GET",
        ["my-account", "sessions" | "grants"] => "HEAD, GET",
        ["my-account", "sessions" | "grants", _] => "DELETE",
        _ => return None,
    })
}

fn dispatch(
    state: &mut State,
    call: &AccountCall<'_>,
    method: &str,
    segments: &[&str],
) -> Result<Response, Refusal> {
    match (method, segments) {
        ("GET", ["my-account"]) => Ok(profile::read(state, &call.caller)),
        (_, ["my-account"]) => profile::change(state, call),
        (_, ["my-account", "profile"]) => profile::change_members(state, call),
        (_, ["my-account", "password"]) => credentials::set_password(state, call),
        ("POST", ["my-account", kind @ ("primary-email" | "primary-phone")]) => {
            credentials::set_identifier(state, call, kind)
        }
        (_, ["my-account", kind @ ("primary-email" | "primary-phone")]) => {
            credentials::remove_identifier(state, call, kind)
        }
        ("POST", ["my-account", "mfa-verifications"]) => factors::add(state, call),
        (_, ["my-account", "mfa-verifications"]) => factors::list(state, &call.caller),
        (_, ["my-account", "mfa-verifications", "totp-secret", "generate"]) => Ok(factors::new_totp_secret()),
        (_, ["my-account", "mfa-verifications", "backup-codes", "generate"]) => {
            Ok(factors::new_backup_codes())
        }
        ("GET", ["my-account", "mfa-verifications", "backup-codes"]) => factors::backup_codes(state, call),
        (_, ["my-account", "mfa-verifications", id]) => factors::remove(state, call, id),
        (_, ["my-account", "identities", target]) => identities::unlink(state, call, target),
        ("GET", ["my-account", "identities" | "sso-identities", target, "access-token"]) => {
            identities::provider_token(state, call, target)
        }
        ("GET", ["my-account", "sessions"]) => sessions::list(state, call),
        (_, ["my-account", "sessions", uid]) => sessions::end(state, call, uid),
        ("GET", ["my-account", "grants"]) => sessions::grants(state, call),
        (_, ["my-account", "grants", id]) => sessions::revoke(state, call, id),
        (_, ["verifications", "password"]) => verification::by_password(state, call),
        (_, ["verifications", "verification-code"]) => verification::send_code(state, call),
        (_, ["verifications", "verification-code", "verify"]) => verification::by_code(state, call),
        // The tenant has no connectors, so no record of an identity can exist.
        _ => Err(Refusal::no_such_record()),
    }
}

/// Adds the webhook event of a user's own change, which does not say what was changed.
pub(super) fn changed(state: &State, user_id: &str, mut response: Response) -> Response {
    response.events = state.directory.user(user_id).map(Event::own_change).into_iter().collect();
    response
}
