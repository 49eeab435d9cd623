//! Repeated parameters. Only `resource` may be repeated.

use super::error::Refusal;
use crate::http::Params;

/// The parameters of the authorization endpoint. Others are ignored and may be repeated.
const AUTHORIZATION: [&str; 28] = [
    "acr_values",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    "dpop_jkt",
    "interaction_mode",
    "first_screen",
    "direct_sign_in",
    "organization_id",
    "google_one_tap_credential",
    "identifier",
    "one_time_token",
    "web_message_uri",
];
const CLIENT: [&str; 4] = ["client_assertion", "client_assertion_type", "client_id", "client_secret"];
const TOKEN: [&str; 13] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "organization_id",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "device_code",
    "audience",
];

/// The error for an authorization request with repeated parameters, and its other parameters.
pub(crate) fn of_authorization(params: &Params) -> Option<(Params, String)> {
    let (names, problem) = find(params, &AUTHORIZATION)?;
    Some((names.into_iter().fold(params.clone(), Params::without), problem))
}

/// Checks the parameters of client authentication.
pub(crate) fn check_client(form: &Params) -> Result<(), Refusal> {
    check(form, &CLIENT)
}

/// Checks the parameters of a token request.
pub(crate) fn check_token(form: &Params) -> Result<(), Refusal> {
    check(form, &TOKEN)
}

/// Checks the parameters of revocation and introspection.
pub(crate) fn check_named_token(form: &Params) -> Result<(), Refusal> {
    check(form, &["token", "token_type_hint"])
}

fn check(form: &Params, names: &[&'static str]) -> Result<(), Refusal> {
    find(form, names).map_or(Ok(()), |(_, problem)| Err(Refusal::invalid_request(problem)))
}

fn find(params: &Params, names: &[&'static str]) -> Option<(Vec<&'static str>, String)> {
    let twice: Vec<&str> = names.iter().copied().filter(|name| params.all(name).len() > 1).collect();
    let quoted = |name: &&str| format!("'{name}'");
    let list = match twice.as_slice() {
        [] => return None,
        [one] => quoted(one),
        [first, second] => format!("{} and {}", quoted(first), quoted(second)),
        [most @ .., last] => {
            format!("{}, and {}", most.iter().map(quoted).collect::<Vec<_>>().join(", "), quoted(last))
        }
    };
    let noun = if twice.len() == 1 { "parameter" } else { "parameters" };
    Some((twice, format!("{list} {noun} must not be provided twice")))
}
