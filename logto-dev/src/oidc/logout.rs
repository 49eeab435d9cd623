//! Back-channel logout: sends logout tokens to applications.

use serde_json::{Map, Value, json};

use crate::keys::KeyRing;
use crate::random;
use crate::state::{Session, State};
use crate::{Error, Result};

const LOGOUT_TOKEN_LIFE_S: i64 = 120;

/// A logout token to be sent to an application.
#[derive(Clone, Debug)]
pub(crate) struct LogoutCall {
    pub(crate) client_id: String,
    pub(crate) uri: String,
    pub(crate) token: String,
}

pub(crate) fn logout_claims(
    user_id: &str,
    client_id: &str,
    sid: Option<&str>,
    issuer: &str,
    now: i64,
) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".into(), user_id.into());
    claims.insert("events".into(), json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    claims.insert("jti".into(), random::token().into());
    claims.extend(sid.map(|sid| ("sid".to_owned(), sid.into())));
    claims.insert("aud".into(), client_id.into());
    claims.insert("exp".into(), (now / 1000 + LOGOUT_TOKEN_LIFE_S).into());
    claims.insert("iat".into(), (now / 1000).into());
    claims.insert("iss".into(), issuer.into());
    claims
}

pub(crate) fn logout_token_header(keys: &KeyRing) -> Value {
    let key = keys.current();
    json!({ "alg": key.algorithm(), "typ": "logout+jwt", "kid": key.kid })
}

/// The logout tokens for the end of a session: one for each of its applications with a back-channel logout URI.
pub(crate) fn calls(state: &State, session: &Session, issuer: &str, now: i64) -> Vec<LogoutCall> {
    let Some(user_id) = &session.user_id else { return Vec::new() };
    if state.directory.active_user(user_id).is_none() {
        return Vec::new();
    }
    let mut calls = Vec::new();
    for (client_id, client) in &session.clients {
        let backchannel =
            state.directory.application(client_id).and_then(|application| application.backchannel.as_ref());
        let Some(backchannel) = backchannel else { continue };
        let sid = backchannel.session_required.then_some(client.sid.as_str());
        let claims = logout_claims(user_id, client_id, sid, issuer, now);
        if let Ok(token) = sign(&state.keys, claims) {
            calls.push(LogoutCall { client_id: client_id.clone(), uri: backchannel.uri.clone(), token });
        }
    }
    calls
}

/// The logout tokens for one application that an administrator sends by hand: one for each of the user's sessions with
/// it, or one without `sid` if there is none.
pub(crate) fn on_demand(
    state: &State,
    user_id: &str,
    client_id: &str,
    issuer: &str,
    now: i64,
) -> Result<Vec<LogoutCall>> {
    let backchannel =
        state.directory.application(client_id).and_then(|application| application.backchannel.as_ref());
    let Some(backchannel) = backchannel else {
        return Err(Error::unknown("application with back-channel logout", client_id));
    };
    let of_user = state.sessions.values().filter(|session| session.user_id.as_deref() == Some(user_id));
    let sids = of_user.filter_map(|session| session.clients.get(client_id)).map(|client| client.sid.as_str());
    let mut sids: Vec<Option<&str>> = sids.map(Some).filter(|_| backchannel.session_required).collect();
    if sids.is_empty() {
        sids.push(None);
    }
    let call = |sid| {
        let token = sign(&state.keys, logout_claims(user_id, client_id, sid, issuer, now))?;
        Ok(LogoutCall { client_id: client_id.to_owned(), uri: backchannel.uri.clone(), token })
    };
    sids.into_iter().map(call).collect()
}

fn sign(keys: &KeyRing, claims: Map<String, Value>) -> Result<String> {
    keys.current().sign(&logout_token_header(keys), &Value::Object(claims))
}
