//! Creates grants from consent, and codes from grants.

use std::collections::HashMap;

use super::authorize::{Authorization, Denial};
use super::scopes::{accepted, both, grantable, merge, oidc_only};
use crate::random;
use crate::state::{Basis, ClientSession, Grant, State};

pub(crate) fn empty_grant(user_id: &str, client_id: &str, now: i64) -> Grant {
    Grant {
        user_id: user_id.to_owned(),
        client_id: client_id.to_owned(),
        created_at: now,
        scopes: Vec::new(),
        resource_scopes: HashMap::new(),
        organizations: None,
    }
}

/// Adds what was requested and can be granted to the session's grant for the application.
pub(crate) fn consent(
    state: &mut State,
    session_id: &str,
    authorization: &Authorization,
    organizations: Option<Vec<String>>,
    now: i64,
) -> Option<()> {
    let session = state.sessions.get_mut(session_id)?;
    let user_id = session.user_id.clone()?;
    let client = session
        .clients
        .entry(authorization.client_id.clone())
        .or_insert_with(|| ClientSession { grant_id: random::token(), sid: random::token() });
    if !state.grants.contains_key(&client.grant_id) {
        client.grant_id = random::token();
        state.grants.insert(client.grant_id.clone(), empty_grant(&user_id, &authorization.client_id, now));
    }
    let grant = state.grants.get_mut(&client.grant_id)?;
    merge(&mut grant.scopes, oidc_only(&authorization.scopes));
    for resource in &authorization.resources {
        let given = both(&authorization.scopes, &grantable(&state.directory, &user_id, resource));
        merge(grant.resource_scopes.entry(resource.clone()).or_default(), given);
    }
    if let Some(chosen) = organizations {
        merge(grant.organizations.get_or_insert_default(), chosen);
    }
    Some(())
}

/// The basis of a code for this request.
pub(crate) fn basis(state: &State, session_id: &str, authorization: &Authorization) -> Result<Basis, Denial> {
    let denied = || Denial::silent("access_denied");
    let session = state.sessions.get(session_id).ok_or_else(denied)?;
    let user_id = session.user_id.clone().ok_or_else(denied)?;
    let client = session.clients.get(&authorization.client_id).ok_or_else(denied)?;
    let grant = state.grants.get(&client.grant_id).ok_or_else(denied)?;
    let application = state.directory.application(&authorization.client_id).ok_or_else(denied)?;
    let scopes = accepted(grant, &authorization.scopes, &authorization.resources);
    if authorization.scopes.is_empty() {
        return Err(denied());
    }
    let offline = scopes.iter().any(|scope| scope == "offline_access");
    let tells_time =
        authorization.max_age.is_some() || authorization.prompts.iter().any(|prompt| prompt == "login");
    Ok(Basis {
        grant_id: client.grant_id.clone(),
        client_id: authorization.client_id.clone(),
        user_id,
        session_uid: (!offline).then(|| session.uid.clone()),
        scopes,
        resources: authorization.resources.clone(),
        nonce: authorization.nonce.clone(),
        auth_time: tells_time.then_some(session.login_at / 1000),
        sid: application.wants_sid().then(|| client.sid.clone()),
    })
}
