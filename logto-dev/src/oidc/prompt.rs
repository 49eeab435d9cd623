//! Decides the next step before a code is issued: sign-in, consent, or none.

use super::authorize::{Authorization, Denial};
use super::scopes::{both, grantable, oidc_only};
use crate::state::{Grant, Session, State};

/// Logto's message for a user who may not use the application.
pub(crate) const ACCESS_DENIED: &str = "Access denied.";

/// The steps that the user has completed for this authorization request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) sign_in: bool,
    pub(crate) consent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    SignIn,
    Consent,
    Callback,
}

/// The next step, or the error of a request that forbids any step.
pub(crate) fn next(
    state: &State,
    authorization: &Authorization,
    session: Option<&Session>,
    done: Done,
    now: i64,
) -> Result<Step, Denial> {
    let silent = authorization.prompts.iter().any(|prompt| prompt == "none");
    if let Some(reason) = sign_in_reason(state, authorization, session, done, now) {
        return if silent { Err(Denial::new("login_required", reason)) } else { Ok(Step::SignIn) };
    }
    let user_id = session.and_then(|session| session.user_id.as_deref()).unwrap_or_default();
    if !state.directory.admits(&authorization.client_id, user_id) {
        // The consent page shows the error.
        return if silent { Err(Denial::new("access_denied", ACCESS_DENIED)) } else { Ok(Step::Consent) };
    }
    if done.consent {
        return Ok(Step::Callback);
    }
    if !silent && authorization.prompts.iter().any(|prompt| prompt == "consent") {
        return Ok(Step::Consent);
    }
    if grant_is_enough(state, authorization, session) {
        return Ok(Step::Callback);
    }
    if silent {
        Err(Denial::new("consent_required", "requested scopes not granted"))
    } else {
        Ok(Step::Consent)
    }
}

fn sign_in_reason(
    state: &State,
    authorization: &Authorization,
    session: Option<&Session>,
    done: Done,
    now: i64,
) -> Option<&'static str> {
    let forced =
        authorization.prompts.iter().any(|prompt| prompt == "login") || authorization.max_age == Some(0);
    if forced && !done.sign_in {
        return Some("login prompt was not resolved");
    }
    let user = session
        .and_then(|session| session.user_id.as_deref())
        .and_then(|user_id| state.directory.active_user(user_id));
    let (Some(session), Some(user)) = (session, user) else {
        return Some("End-User authentication is required");
    };
    let too_old = |seconds: i64| now / 1000 - session.login_at / 1000 > seconds;
    if !done.sign_in && authorization.max_age.is_some_and(too_old) {
        return Some("End-User authentication could not be obtained");
    }
    if authorization.hinted_user.as_ref().is_some_and(|hinted| *hinted != user.id) {
        return Some("id_token_hint and authenticated subject do not match");
    }
    None
}

/// Whether the grant has every requested scope that the user can grant.
fn grant_is_enough(state: &State, authorization: &Authorization, session: Option<&Session>) -> bool {
    let Some(grant) = session.and_then(|session| grant_of(state, session, &authorization.client_id)) else {
        return false;
    };
    let holds_oidc = oidc_only(&authorization.scopes).iter().all(|scope| grant.scopes.contains(scope));
    let holds_resources = authorization.resources.iter().all(|resource| {
        let possible = both(&authorization.scopes, &grantable(&state.directory, &grant.user_id, resource));
        let held = grant.resource_scopes.get(resource).map(Vec::as_slice).unwrap_or_default();
        possible.iter().all(|scope| held.contains(scope))
    });
    holds_oidc && holds_resources
}

pub(crate) fn grant_of<'a>(state: &'a State, session: &Session, client_id: &str) -> Option<&'a Grant> {
    state.grants.get(&session.clients.get(client_id)?.grant_id)
}
