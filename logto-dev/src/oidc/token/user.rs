//! The tokens of users, for the code and refresh grants: opaque, for a resource, for an organization, or for both.

use serde_json::{Map, Value, json};

use super::server_error;
use crate::http::Params;
use crate::oidc::Call;
use crate::oidc::claims::id_token_claims;
use crate::oidc::customize;
use crate::oidc::error::Refusal;
use crate::oidc::prompt::ACCESS_DENIED;
use crate::oidc::scopes::{ORGANIZATIONS_RESOURCE, both, grantable, oidc_only, organization_audience};
use crate::oidc::tokens::{
    JwtToken, ORGANIZATION_TOKEN_LIFE_S, access_token_header, id_token_header, jwt_claims, opaque_token,
};
use crate::state::{Basis, OPAQUE_TOKEN_LIFE_MS, State};

/// What the client requests from its grant.
pub(crate) struct TokenRequest {
    pub(crate) scopes: Vec<String>,
    pub(crate) organization: Option<String>,
    pub(crate) resource: Option<String>,
}

/// A single `resource` counts. If there are several, all of them are ignored.
pub(crate) fn one_resource(form: &Params) -> Option<String> {
    match form.all("resource").as_slice() {
        [one] if !one.is_empty() => Some((*one).to_owned()),
        _ => None,
    }
}

pub(crate) fn tokens(
    state: &mut State,
    call: &Call<'_>,
    basis: &Basis,
    gty: &str,
    mut requested: TokenRequest,
) -> Result<Map<String, Value>, Refusal> {
    if !state.directory.admits(&basis.client_id, &basis.user_id) {
        return Err(Refusal::new(400, "access_denied", ACCESS_DENIED));
    }
    let openid = requested.scopes.iter().any(|scope| scope == "openid");
    if let Some(organization) = &requested.organization {
        check_membership(state, basis, organization)?;
    }
    // Without `openid` userinfo cannot be called, so the token is for the only resource of the sign-in.
    if let ([only], None, None, false) =
        (basis.resources.as_slice(), &requested.resource, &requested.organization, openid)
    {
        requested.resource = Some(only.clone());
    }
    if let Some(resource) = &requested.resource {
        check_resource(state, basis, resource)?;
    }
    let mut answer = match for_audience(state, basis, &requested) {
        Some(mut token) => {
            customize::jwt(state, basis, &mut token, requested.organization.as_deref(), gty)?;
            let scopes = token.scopes.as_deref().unwrap_or_default();
            answer(sign(state, call, &token)?, token.lifetime_s, scopes)
        }
        None => {
            let extra = customize::opaque(state, basis, &oidc_only(&requested.scopes), gty)?;
            let (token, scopes) = opaque_token(state, basis, &requested.scopes, extra, call.now);
            answer(token, OPAQUE_TOKEN_LIFE_MS / 1000, &scopes)
        }
    };
    if openid {
        answer.insert("id_token".into(), id_token(state, call, basis, &requested.scopes)?.into());
    }
    Ok(answer)
}

/// Refuses an organization that the user is not a member of, or that a third-party application has no consent for.
pub(crate) fn check_membership(state: &State, basis: &Basis, organization: &str) -> Result<(), Refusal> {
    let denied = |description| Err(Refusal::new(403, "access_denied", description));
    let user = state.directory.active_user(&basis.user_id);
    if !user.is_some_and(|user| user.holder().is_member_of(organization)) {
        return denied("user is not a member of the organization");
    }
    let granted = state.grants.get(&basis.grant_id).and_then(|grant| grant.organizations.as_ref());
    let third_party =
        state.directory.application(&basis.client_id).is_some_and(|client| client.is_third_party());
    if third_party && !granted.is_some_and(|granted| granted.iter().any(|known| known == organization)) {
        return denied("organization access is not granted to the application");
    }
    Ok(())
}

fn check_resource(state: &State, basis: &Basis, resource: &str) -> Result<(), Refusal> {
    let known = resource == ORGANIZATIONS_RESOURCE || state.directory.resource(resource).is_some();
    let asked = basis.resources.iter().any(|asked| asked == resource);
    if known && asked { Ok(()) } else { Err(Refusal::unknown_resource()) }
}

/// The requested JWT, or `None` for an opaque token. The user's current roles count, not those at sign-in.
fn for_audience(state: &State, basis: &Basis, requested: &TokenRequest) -> Option<JwtToken> {
    let directory = &state.directory;
    let holder = directory.user(&basis.user_id)?.holder();
    let lifetime = |resource: &str| {
        directory.resource(resource).map_or(ORGANIZATION_TOKEN_LIFE_S, |resource| resource.ttl_ms / 1000)
    };
    let (audience, scopes, lifetime_s) = match (&requested.organization, &requested.resource) {
        (None, None) => return None,
        (Some(organization), None) => {
            let held = directory.organization_scopes_in(holder, organization);
            let scopes = both(&held, &requested.scopes);
            (organization_audience(organization), scopes, ORGANIZATION_TOKEN_LIFE_S)
        }
        (Some(organization), Some(resource)) => {
            let held = directory.resource_scopes_of_member(holder, organization, resource);
            (resource.clone(), both(&requested.scopes, &held), lifetime(resource))
        }
        (None, Some(resource)) => {
            let granted = state.grants.get(&basis.grant_id)?.resource_scopes.get(resource);
            let held = grantable(directory, &basis.user_id, resource);
            let granted = both(granted.map(Vec::as_slice).unwrap_or_default(), &held);
            (resource.clone(), both(&requested.scopes, &granted), lifetime(resource))
        }
    };
    Some(JwtToken {
        subject: basis.user_id.clone(),
        client_id: basis.client_id.clone(),
        audience,
        organization: requested.organization.clone().filter(|_| requested.resource.is_some()),
        actor: None,
        scopes: Some(scopes),
        extra: Map::new(),
        lifetime_s,
    })
}

pub(crate) fn sign(state: &State, call: &Call<'_>, token: &JwtToken) -> Result<String, Refusal> {
    let claims = Value::Object(jwt_claims(token, call.issuer, call.now));
    state.keys.current().sign(&access_token_header(&state.keys), &claims).map_err(server_error)
}

fn id_token(state: &State, call: &Call<'_>, basis: &Basis, scopes: &[String]) -> Result<String, Refusal> {
    let user = state.directory.active_user(&basis.user_id).ok_or_else(Refusal::invalid_grant)?;
    let claims = id_token_claims(&state.directory, user, basis, scopes, call.issuer, call.now);
    let header = id_token_header(&state.keys);
    state.keys.current().sign(&header, &Value::Object(claims)).map_err(server_error)
}

pub(crate) fn answer(token: String, lifetime_s: i64, scopes: &[String]) -> Map<String, Value> {
    let answer = json!({
        "access_token": token,
        "expires_in": lifetime_s,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
    });
    match answer {
        Value::Object(answer) => answer,
        _ => Map::new(),
    }
}
