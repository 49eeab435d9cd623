//! A user's sessions at the tenant, and the grants of applications.

use serde_json::{Map, Value, json};

use super::caller::shown;
use super::center::AccountField;
use super::error::Refusal;
use super::input;
use super::route::AccountCall;
use crate::http::Response;
use crate::state::{Session, State};

const SCOPE: &str = "urn:logto:scope:sessions";
/// The life of a grant at Logto.
const GRANT_LIFE_MS: i64 = 180 * 86_400_000;

fn admit(state: &State, call: &AccountCall<'_>) -> Result<(), Refusal> {
    shown(state, AccountField::Session)?;
    call.caller.needs_verification()?;
    call.caller.needs_scope(SCOPE, 401)
}

/// `GET my-account/sessions`.
pub(super) fn list(state: &State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    admit(state, call)?;
    let user_id = call.caller.user_id.as_str();
    let mut own: Vec<(&String, &Session)> = state
        .sessions
        .iter()
        .filter(|(_, session)| {
            session.user_id.as_deref() == Some(user_id) && session.expires_at > call.call.now
        })
        .collect();
    own.sort_by_key(|(_, session)| (session.login_at, session.uid.clone()));
    let sessions: Vec<Value> = own
        .into_iter()
        .map(|(id, session)| described(state, id, session, user_id, &call.caller.grant_id))
        .collect();
    Ok(Response::json(200, &json!({ "sessions": sessions })))
}

/// A session as Logto tells of it. **`jti` is the value of the session cookie.**
fn described(state: &State, id: &str, session: &Session, user_id: &str, grant_id: &str) -> Value {
    let lasts = |grant_id: &String| {
        let grant = state.grants.get(grant_id);
        grant.is_some_and(|grant| grant.scopes.iter().any(|scope| scope == "offline_access"))
    };
    let authorizations: Map<String, Value> = session
        .clients
        .iter()
        .map(|(client_id, client)| {
            let mut entry = json!({ "sid": client.sid, "grantId": client.grant_id });
            if let (Value::Object(entry), true) = (&mut entry, lasts(&client.grant_id)) {
                entry.insert("persistsLogout".into(), true.into());
            }
            (client_id.clone(), entry)
        })
        .collect();
    let is_current = session.clients.values().any(|client| client.grant_id == grant_id);
    let opened = &session.opened;
    json!({
        "payload": {
            "exp": session.expires_at / 1000, "iat": session.login_at / 1000, "jti": id, "uid": session.uid,
            "kind": "Session", "loginTs": session.login_at / 1000, "accountId": user_id,
            "authorizations": authorizations,
        },
        "lastSubmission": {
            "interactionEvent": "SignIn", "userId": user_id,
            "verificationRecords": [{
                "id": opened.record_id, "type": "Password",
                "identifier": { "type": "username", "value": opened.username }, "verified": true,
            }],
            "signInContext": { "ip": "127.0.0.1", "userAgent": opened.user_agent },
        },
        "clientId": opened.client_id, "accountId": user_id, "expiresAt": session.expires_at,
        "isCurrent": is_current,
    })
}

/// `DELETE my-account/sessions/:uid`. Refresh tokens with `offline_access` outlive the session unless their grants are
/// revoked.
pub(super) fn end(state: &mut State, call: &AccountCall<'_>, uid: &str) -> Result<Response, Refusal> {
    let target = input::one_of(call.call.request, "revokeGrantsTarget", &["all", "firstParty"])?;
    admit(state, call)?;
    let missing = |code| Err(Refusal::new(400, code).with_data(json!({ "status": 404 })));
    let found = state.sessions.iter().find(|(_, session)| session.uid == uid);
    let Some((id, session)) = found else { return missing("oidc.session_not_found") };
    if session.user_id.as_deref() != Some(call.caller.user_id.as_str()) {
        return missing("oidc.invalid_session_account_id");
    }
    let id = id.clone();
    let Some(session) = state.sessions.remove(&id) else { return missing("oidc.session_not_found") };
    for (client_id, client) in session.clients {
        let is_third_party =
            state.directory.application(&client_id).is_some_and(|application| application.is_third_party());
        let revoked = match target.as_deref() {
            Some("all") => true,
            Some(_) => !is_third_party,
            None => false,
        };
        if revoked {
            state.revoke_grant(&client.grant_id);
        }
    }
    Ok(Response::new(204))
}

/// `GET my-account/grants`.
pub(super) fn grants(state: &State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let kind = input::one_of(call.call.request, "appType", &["firstParty", "thirdParty"])?;
    admit(state, call)?;
    let grants: Vec<Value> = state
        .grants
        .iter()
        .filter(|(_, grant)| grant.user_id == call.caller.user_id)
        .filter_map(|(id, grant)| {
            let application = state.directory.application(&grant.client_id)?;
            let is_wanted = match kind.as_deref() {
                Some("thirdParty") => application.is_third_party(),
                Some(_) => !application.is_third_party(),
                None => true,
            };
            let expires_at = grant.created_at + GRANT_LIFE_MS;
            is_wanted.then(|| {
                json!({
                    "id": id,
                    "payload": {
                        "exp": expires_at / 1000, "iat": grant.created_at / 1000, "jti": id, "kind": "Grant",
                        "clientId": grant.client_id, "accountId": grant.user_id,
                        "openid": { "scope": grant.scopes.join(" ") },
                    },
                    "expiresAt": expires_at,
                    "application": { "id": grant.client_id, "name": application.name },
                })
            })
        })
        .collect();
    Ok(Response::json(200, &json!({ "grants": grants })))
}

/// `DELETE my-account/grants/:id`.
pub(super) fn revoke(state: &mut State, call: &AccountCall<'_>, id: &str) -> Result<Response, Refusal> {
    admit(state, call)?;
    let own = state.grants.get(id).is_some_and(|grant| grant.user_id == call.caller.user_id);
    if !own {
        return Err(Refusal::new(404, "oidc.invalid_grant"));
    }
    state.revoke_grant(id);
    Ok(Response::new(204))
}
