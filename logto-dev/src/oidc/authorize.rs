//! The authorization endpoint: validates requests and sends errors.

use std::borrow::Cow;

use serde_json::Value;

use super::error::Refusal;
use super::redirect::{Mode, Reply};
use super::scopes::{ORGANIZATIONS_RESOURCE, is_oidc};
use super::{Call, cookies, duplicates, interaction, pkce, pushed};
use crate::http::{Params, Response};
use crate::model::{Application, Directory};
use crate::state::State;

/// A valid authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) mode: Mode,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// The known scopes of the request, in the order of the request.
    pub(crate) scopes: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompts: Vec<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) hinted_user: Option<String>,
    pub(crate) page: PageOptions,
}

/// Parameters that only select the page.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageOptions {
    pub(crate) path: String,
    /// Where a direct sign-in leads if it cannot start.
    pub(crate) fallback: Option<&'static str>,
    pub(crate) organization_id: Option<String>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) identifier: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) one_time_token: Option<String>,
    /// The credential of Google One Tap, for the page of `/direct/social/google`.
    pub(crate) one_tap: Option<String>,
}

pub(crate) fn authorize(state: &mut State, call: &Call<'_>) -> Response {
    state.forget_expired(call.now);
    match request(state, call) {
        Ok(authorization) => interaction::begin(state, call, authorization),
        // Every request of a browser renews its session, whatever the result.
        Err(refused) => match interaction::session_of(state, call) {
            Some(id) => cookies::keep_session(state, call, &id, refused),
            None => refused,
        },
    }
}

/// The valid request, or the response to an invalid one.
fn request(state: &State, call: &Call<'_>) -> Result<Authorization, Response> {
    let sent = call.request.params();
    if let Some((rest, problem)) = duplicates::of_authorization(&sent) {
        return Err(match Reply::of(&state.directory, &rest) {
            Ok(reply) => reply.error(call.issuer, &invalid_request(problem)),
            Err(_) => refused_in_place(&Refusal::invalid_request(problem), &rest, call),
        });
    }
    let params = pushed::resolve(state, sent.clone(), call.now)
        .map_err(|refusal| refused_in_place(&refusal, &sent, call))?;
    let reply =
        Reply::of(&state.directory, &params).map_err(|refusal| refused_in_place(&refusal, &params, call))?;
    read(state, &params, &reply).map_err(|denial| reply.error(call.issuer, &denial))
}

/// Without a valid redirect URI the error is shown here, as JSON.
fn refused_in_place(refusal: &Refusal, params: &Params, call: &Call<'_>) -> Response {
    let mut members = refusal.members();
    if let Some(state) = params.get("state") {
        members.insert("state".into(), state.into());
    }
    members.insert("iss".into(), call.issuer.into());
    Response::json(refusal.status, &Value::Object(members)).no_store()
}

/// An error that is sent to the callback.
#[derive(Clone, Debug)]
pub(crate) struct Denial {
    pub(crate) error: &'static str,
    pub(crate) description: Option<Cow<'static, str>>,
    pub(crate) scope: Option<String>,
}

impl Denial {
    pub(crate) fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, description: Some(description.into()), scope: None }
    }

    /// An error without a description, as Logto sends it here.
    pub(crate) fn silent(error: &'static str) -> Self {
        Self { error, description: None, scope: None }
    }
}

fn invalid_request(description: impl Into<Cow<'static, str>>) -> Denial {
    Denial::new("invalid_request", description)
}

/// Validates a request whose redirect URI is already validated.
pub(crate) fn read(state: &State, params: &Params, reply: &Reply) -> Result<Authorization, Denial> {
    let directory = &state.directory;
    let client = directory.application(&reply.client_id).ok_or_else(|| Denial::silent("invalid_client"))?;
    if params.present("request").is_some() {
        return Err(Denial::silent("request_not_supported"));
    }
    // A reference to a pushed request is already resolved.
    if params.present("request_uri").is_some() {
        return Err(Denial::silent("request_uri_not_supported"));
    }
    check_response_mode(params)?;
    check_response_type(params)?;
    let asked = params.words("scope");
    let nonce = params.present("nonce").map(str::to_owned);
    if nonce.is_some() && !asked.iter().any(|scope| scope == "openid") {
        return Err(invalid_request("openid scope must be requested when using the nonce parameter"));
    }
    let challenge = read_challenge(params, client)?;
    let resources = read_resources(params, directory)?;
    let prompts = read_prompts(params)?;
    let max_age = read_max_age(params)?;
    let hinted_user = read_hint(params, state)?;
    let scopes = read_scopes(asked, &prompts, directory, client)?;
    Ok(Authorization {
        client_id: reply.client_id.clone(),
        redirect_uri: reply.redirect_uri.clone(),
        mode: reply.mode,
        state: reply.state.clone(),
        nonce,
        scopes,
        resources,
        challenge,
        prompts,
        max_age,
        hinted_user,
        page: page_options(params),
    })
}

fn check_response_mode(params: &Params) -> Result<(), Denial> {
    match params.present("response_mode") {
        None | Some("query" | "fragment" | "form_post") => Ok(()),
        Some(_) => Err(Denial::new("unsupported_response_mode", "unsupported response_mode requested")),
    }
}

fn check_response_type(params: &Params) -> Result<(), Denial> {
    match params.present("response_type") {
        None => Err(invalid_request("missing required parameter 'response_type'")),
        Some(_) if params.present("registration").is_some() => {
            Err(Denial::silent("registration_not_supported"))
        }
        Some("code") => Ok(()),
        Some("code id_token" | "id_token code" | "id_token" | "none") => {
            Err(invalid_request("requested response_type is not allowed for this client"))
        }
        Some(_) => Err(Denial::new("unsupported_response_type", "unsupported response_type requested")),
    }
}

fn read_challenge(params: &Params, client: &Application) -> Result<Option<String>, Denial> {
    let Some(challenge) = params.present("code_challenge") else {
        return match (params.present("code_challenge_method"), client.is_public()) {
            (Some(_), _) => {
                Err(invalid_request("code_challenge must be provided with code_challenge_method"))
            }
            (None, true) => {
                Err(invalid_request("Authorization Server policy requires PKCE to be used for this request"))
            }
            (None, false) => Ok(None),
        };
    };
    match params.present("code_challenge_method") {
        Some("S256") => match pkce::malformed(challenge, "code_challenge") {
            Some(problem) => Err(invalid_request(problem)),
            None => Ok(Some(challenge.to_owned())),
        },
        Some(_) => Err(invalid_request("not supported value of code_challenge_method")),
        None => Err(invalid_request("code_challenge_method must be provided")),
    }
}

fn read_resources(params: &Params, directory: &Directory) -> Result<Vec<String>, Denial> {
    let mut resources: Vec<String> = Vec::new();
    for resource in params.all("resource").iter().flat_map(|value| value.split(',')) {
        check_resource(resource, directory)?;
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

fn check_resource(resource: &str, directory: &Directory) -> Result<(), Denial> {
    let target = |description| Denial::new("invalid_target", description);
    let uri = url::Url::parse(resource).map_err(|_| target("resource indicator must be an absolute URI"))?;
    if uri.fragment().is_some() {
        return Err(target("resource indicator must not contain a fragment component"));
    }
    if resource == ORGANIZATIONS_RESOURCE || directory.resource(resource).is_some() {
        return Ok(());
    }
    Err(target("resource indicator is missing, or unknown"))
}

fn read_prompts(params: &Params) -> Result<Vec<String>, Denial> {
    let prompts = params.words("prompt");
    if prompts.iter().any(|prompt| !matches!(prompt.as_str(), "none" | "login" | "consent")) {
        return Err(invalid_request("unsupported prompt value requested"));
    }
    if prompts.len() > 1 && prompts.iter().any(|prompt| prompt == "none") {
        return Err(invalid_request("prompt none must only be used alone"));
    }
    Ok(prompts)
}

fn read_max_age(params: &Params) -> Result<Option<i64>, Denial> {
    let Some(value) = params.present("max_age") else { return Ok(None) };
    match value.parse::<i64>() {
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds)),
        _ => Err(invalid_request("invalid max_age parameter value")),
    }
}

fn read_hint(params: &Params, state: &State) -> Result<Option<String>, Denial> {
    let Some(hint) = params.present("id_token_hint") else { return Ok(None) };
    let claims = state.keys.open(hint).ok_or_else(|| invalid_request("could not validate id_token_hint"))?;
    Ok(claims.get("sub").and_then(Value::as_str).map(str::to_owned))
}

/// Unknown scopes are dropped silently, and so is `offline_access` without `prompt=consent`.
fn read_scopes(
    asked: Vec<String>,
    prompts: &[String],
    directory: &Directory,
    client: &Application,
) -> Result<Vec<String>, Denial> {
    let consents = prompts.iter().any(|prompt| prompt == "consent");
    let known = |scope: &String| {
        is_oidc(scope)
            || directory.organization_scopes.contains(scope)
            || directory.resources.iter().any(|resource| resource.scopes.contains(scope))
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.into_iter().filter(known).filter(|scope| consents || scope != "offline_access") {
        let allowed = match &client.third_party_scopes {
            Some(enabled) => {
                enabled.contains(&scope) || matches!(scope.as_str(), "openid" | "offline_access")
            }
            None => true,
        };
        if !allowed && is_oidc(&scope) {
            let denial = Denial::new("invalid_scope", "requested scope is not allowed");
            return Err(Denial { scope: Some(scope), ..denial });
        }
        if allowed && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

fn page_options(params: &Params) -> PageOptions {
    let own = |name: &str| params.present(name).map(str::to_owned);
    let first = match (params.present("first_screen"), params.present("interaction_mode")) {
        (Some("register"), _) | (None, Some("signUp")) => "register",
        (Some("reset_password"), _) => "reset-password",
        (Some("identifier:sign_in"), _) => "identifier-sign-in",
        (Some("identifier:register"), _) => "identifier-register",
        (Some("single_sign_on"), _) => "single-sign-on",
        _ => "sign-in",
    };
    let one_tap = params.present("google_one_tap_credential").map(|_| "social:google");
    let direct = params.present("direct_sign_in").or(one_tap);
    let (path, fallback) = match direct {
        Some(direct) => (direct_path(direct), Some(first)),
        None => (format!("/{first}"), None),
    };
    PageOptions {
        path,
        fallback,
        organization_id: own("organization_id"),
        ui_locales: own("ui_locales"),
        identifier: own("identifier"),
        login_hint: own("login_hint"),
        one_time_token: own("one_time_token"),
        one_tap: own("google_one_tap_credential"),
    }
}

/// The page of `social:<target>` or `sso:<connector>`: Logto does not validate the two parts, and dots in them are
/// resolved.
fn direct_path(direct: &str) -> String {
    let mut words = direct.split(':');
    let joined = format!("direct/{}/{}", words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut segments: Vec<&str> = Vec::new();
    for segment in joined.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}
