//! Parameters that come twice. Each may come once; `resource` alone may come again.

use super::error::Refusal;
use crate::http::Params;

/// Those of the authorization endpoint. Others are not read, and may come as often as they like.
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

/// What is wrong with an authorization request that has parameters twice, and what is left of it without them.
pub(crate) fn of_authorization(params: &Params) -> Option<(Params, String)> {
    let (names, problem) = find(params, &AUTHORIZATION)?;
    Some((names.into_iter().fold(params.clone(), Params::without), problem))
}

/// Of what a client authenticates itself with.
pub(crate) fn check_client(form: &Params) -> Result<(), Refusal> {
    check(form, &CLIENT)
}

/// Of what a token is asked for with.
pub(crate) fn check_token(form: &Params) -> Result<(), Refusal> {
    check(form, &TOKEN)
}

/// Of what names a token to revoke or to introspect.
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
