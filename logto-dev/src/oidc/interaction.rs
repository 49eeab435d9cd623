//! Interactions: the steps from the authorization request to the callback.

use url::form_urlencoded::Serializer;

use super::authorize::{Authorization, Denial};
use super::error::Refusal;
use super::prompt::{Done, Step, next};
use super::redirect::Reply;
use super::{Call, consent, cookies, grant, sign_in};
use crate::http::Response;
use crate::random;
use crate::state::{Opening, SESSION_LIFE_MS, Session, State};

const LIFE_MS: i64 = 3_600_000;

/// An authorization request that waits for the user.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) authorization: Authorization,
    pub(crate) step: Step,
    pub(crate) done: Done,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) expires_at: i64,
}

/// The user's decision on a page.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    SignedIn { user_id: String },
    Consented { organizations: Option<Vec<String>> },
    Cancelled,
}

/// Routes the browser's requests between the authorization request and the callback.
pub(crate) fn route(state: &mut State, call: &Call<'_>) -> Response {
    let path = call.request.path.as_str();
    match path.strip_prefix("/oidc/auth/") {
        Some(uid) => resume(state, call, uid),
        None if path == "/consent" => consent::page(state, call),
        None => sign_in::page(state, call),
    }
}

/// Starts an interaction for a new authorization request.
pub(crate) fn begin(state: &mut State, call: &Call<'_>, authorization: Authorization) -> Response {
    let session_id = session_of(state, call);
    proceed(state, call, authorization, session_id, Done::default())
}

/// The session that the browser's cookie names, if it is still active.
pub(crate) fn live_session(state: &mut State, call: &Call<'_>) -> Option<String> {
    let id = call.request.cookie(cookies::SESSION)?;
    let session = state.sessions.get_mut(&id).filter(|session| session.expires_at > call.now)?;
    session.expires_at = call.now + SESSION_LIFE_MS;
    Some(id)
}

/// The same, or an empty session with a new cookie if the cookie names a session that has ended.
pub(crate) fn session_of(state: &mut State, call: &Call<'_>) -> Option<String> {
    let live = live_session(state, call);
    if live.is_none() && call.request.cookie(cookies::SESSION).is_some() {
        return Some(empty_session(state, call.now));
    }
    live
}

/// A session without a user.
pub(crate) fn empty_session(state: &mut State, now: i64) -> String {
    let id = random::token();
    let session = Session {
        uid: random::token(),
        user_id: None,
        login_at: now,
        expires_at: now + SESSION_LIFE_MS,
        clients: Default::default(),
        ending: None,
        opened: Opening::default(),
    };
    state.sessions.insert(id.clone(), session);
    id
}

/// Resumes the interaction after a page, in the browser that was shown the page.
fn resume(state: &mut State, call: &Call<'_>, uid: &str) -> Response {
    let session_id = session_of(state, call);
    let bound = cookies::resumes(call.request, uid);
    let interaction = if bound { state.interactions.remove(uid) } else { None };
    let Some((interaction, outcome)) = interaction.and_then(|mut waiting| {
        let outcome = waiting.outcome.take()?;
        Some((waiting, outcome))
    }) else {
        return expired(state, call, session_id);
    };
    let Interaction { authorization, mut done, .. } = interaction;
    let response = match outcome {
        Outcome::Cancelled => Reply::to(&authorization).error(call.issuer, &Denial::silent("access_denied")),
        Outcome::SignedIn { user_id } => {
            done.sign_in = true;
            let session_id = Some(open_session(state, call, session_id, user_id, &authorization.client_id));
            proceed(state, call, authorization, session_id, done)
        }
        Outcome::Consented { organizations } => {
            done.consent = true;
            if let Some(session_id) = &session_id {
                grant::consent(state, session_id, &authorization, organizations, call.now);
            }
            proceed(state, call, authorization, session_id, done)
        }
    };
    cookies::drop_resume(state, uid, response)
}

/// The response to a page that belongs to no interaction.
pub(crate) fn lost(call: &Call<'_>) -> Response {
    Response::redirect(302, &format!("{}/unknown-session", call.seen_as))
}

fn expired(state: &State, call: &Call<'_>, session_id: Option<String>) -> Response {
    let refusal = Refusal::session_not_found("authorization request has expired");
    let mut members = refusal.members();
    members.insert("iss".into(), call.issuer.into());
    let response = Response::json(400, &serde_json::Value::Object(members)).no_store();
    match session_id {
        Some(id) => cookies::keep_session(state, call, &id, response),
        None => response,
    }
}

/// Performs the next step: a page, or the callback.
fn proceed(
    state: &mut State,
    call: &Call<'_>,
    authorization: Authorization,
    session_id: Option<String>,
    done: Done,
) -> Response {
    let session = session_id.as_ref().and_then(|id| state.sessions.get(id));
    let response = match next(state, &authorization, session, done, call.now) {
        Ok(Step::Callback) => callback(state, call, &authorization, session_id.as_deref()),
        Ok(step) => wait(state, call, authorization, step, done),
        Err(denial) => Reply::to(&authorization).error(call.issuer, &denial),
    };
    match session_id {
        Some(id) => cookies::keep_session(state, call, &id, response),
        None => response,
    }
}

fn callback(
    state: &mut State,
    call: &Call<'_>,
    authorization: &Authorization,
    session_id: Option<&str>,
) -> Response {
    let reply = Reply::to(authorization);
    let basis = match grant::basis(state, session_id.unwrap_or_default(), authorization) {
        Ok(basis) => basis,
        Err(denial) => return reply.error(call.issuer, &denial),
    };
    let code = state.issue_code(basis, authorization, call.now);
    reply.code(call.issuer, &code)
}

fn wait(
    state: &mut State,
    call: &Call<'_>,
    authorization: Authorization,
    step: Step,
    done: Done,
) -> Response {
    let uid = random::token();
    let expires_at = call.now + LIFE_MS;
    let response = Response::redirect(303, &page_location(&authorization, step)).no_store();
    let response = cookies::set_interaction(state, call, &uid, &authorization, expires_at, response);
    state.interactions.insert(uid, Interaction { authorization, step, done, outcome: None, expires_at });
    response
}

fn page_location(authorization: &Authorization, step: Step) -> String {
    let page = &authorization.page;
    let mut query = Serializer::new(String::new());
    query.append_pair("app_id", &authorization.client_id);
    if step == Step::Consent {
        return format!("/consent?{}", query.finish());
    }
    if let Some(fallback) = page.fallback {
        query.append_pair("fallback", fallback);
    }
    let parameters = [
        ("organization_id", &page.organization_id),
        ("ui_locales", &page.ui_locales),
        ("identifier", &page.identifier),
        ("one_time_token", &page.one_time_token),
        ("login_hint", &page.login_hint),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("{}?{}", page.path, query.finish())
}

/// Signs a user in to the browser's session under a new cookie value, which prevents session fixation.
fn open_session(
    state: &mut State,
    call: &Call<'_>,
    old_id: Option<String>,
    user_id: String,
    client_id: &str,
) -> String {
    let old = old_id.and_then(|id| state.sessions.remove(&id));
    let same_person = old.as_ref().is_some_and(|session| session.user_id.as_deref() == Some(&user_id));
    let (uid, clients) = match old {
        Some(old) if same_person => (old.uid, old.clients),
        _ => (random::token(), Default::default()),
    };
    if let Ok(user) = state.directory.find_user_mut(&user_id) {
        user.updated_at = Some(call.now);
    }
    let username = state.directory.user(&user_id).map(|user| user.username.clone());
    let session = Session {
        uid,
        user_id: Some(user_id),
        login_at: call.now,
        expires_at: call.now + SESSION_LIFE_MS,
        clients,
        ending: None,
        opened: Opening {
            client_id: client_id.to_owned(),
            username: username.unwrap_or_default(),
            record_id: random::record_id(),
            user_agent: call.request.header("user-agent").map(str::to_owned),
        },
    };
    let id = random::token();
    state.sessions.insert(id.clone(), session);
    id
}
