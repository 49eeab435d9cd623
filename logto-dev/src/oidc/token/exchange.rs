//! The token exchange grant (RFC 8693).

use serde_json::{Map, Value};

use super::user::{answer, check_membership, one_resource, sign};
use crate::http::Params;
use crate::model::Application;
use crate::oidc::Call;
use crate::oidc::customize;
use crate::oidc::error::Refusal;
use crate::oidc::grant::empty_grant;
use crate::oidc::scopes::{both, oidc_only, organization_audience};
use crate::oidc::tokens::{JwtToken, ORGANIZATION_TOKEN_LIFE_S, opaque_token};
use crate::random;
use crate::state::{Basis, OPAQUE_TOKEN_LIFE_MS, State, SubjectToken};

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const PERSONAL_ACCESS_TOKEN: &str = "urn:logto:token-type:personal_access_token";

pub(crate) fn exchange(
    state: &mut State,
    call: &Call<'_>,
    client: &Application,
    form: &Params,
) -> Result<Map<String, Value>, Refusal> {
    let subject = form.present("subject_token").ok_or_else(|| Refusal::missing("subject_token"))?;
    let kind = form.present("subject_token_type").ok_or_else(|| Refusal::missing("subject_token_type"))?;
    let user_id = subject_of(state, subject, kind, call.now).ok_or_else(Refusal::invalid_grant)?;
    let actor = match form.present("actor_token") {
        Some(actor) => Some(actor_of(state, actor, call.now).ok_or_else(Refusal::invalid_grant)?),
        None => None,
    };
    let basis = Basis {
        grant_id: random::token(),
        client_id: client.client_id.clone(),
        user_id,
        session_uid: None,
        scopes: form.words("scope"),
        resources: Vec::new(),
        nonce: None,
        auth_time: None,
        sid: None,
    };
    let answer = match for_audience(state, &basis, form, actor)? {
        Some(mut token) => {
            let organization = form.present("organization_id");
            customize::jwt(state, &basis, &mut token, organization, GRANT_TYPE)?;
            answer(sign(state, call, &token)?, token.lifetime_s, token.scopes.as_deref().unwrap_or_default())
        }
        None => {
            state
                .grants
                .insert(basis.grant_id.clone(), empty_grant(&basis.user_id, &basis.client_id, call.now));
            let extra = customize::opaque(state, &basis, &oidc_only(&basis.scopes), GRANT_TYPE)?;
            let (token, scopes) = opaque_token(state, &basis, &basis.scopes, extra, call.now);
            answer(token, OPAQUE_TOKEN_LIFE_MS / 1000, &scopes)
        }
    };
    // An impersonation token is valid for one exchange, and only a successful one uses it up.
    if state.subject_tokens.get(subject).is_some_and(|known| known.expires_at.is_some()) {
        state.subject_tokens.remove(subject);
    }
    Ok(answer)
}

/// The user of the token, if it has the type that the request says.
fn subject_of(state: &State, token: &str, kind: &str, now: i64) -> Option<String> {
    let alive = |known: &&SubjectToken| known.expires_at.is_none_or(|at| at > now);
    let issued = state.subject_tokens.get(token).filter(alive);
    let user_id = match kind {
        PERSONAL_ACCESS_TOKEN => issued.filter(|known| known.expires_at.is_none())?.user_id.clone(),
        ACCESS_TOKEN => match issued {
            Some(known) => known.expires_at.map(|_| known.user_id.clone())?,
            None => opaque_subject(state, token, now).or_else(|| jwt_subject(state, token, now))?,
        },
        _ => return None,
    };
    state.directory.active_user(&user_id).map(|user| user.id.clone())
}

fn opaque_subject(state: &State, token: &str, now: i64) -> Option<String> {
    let token = state.access_tokens.get(token).filter(|token| {
        token.expires_at > now && state.is_alive(&token.grant_id, token.session_uid.as_deref(), now)
    })?;
    Some(token.user_id.clone())
}

/// ID tokens are refused: they have no `client_id`.
fn jwt_subject(state: &State, token: &str, now: i64) -> Option<String> {
    let claims = state.keys.open(token)?;
    let client = state.directory.application(claims.get("client_id")?.as_str()?)?;
    let usable = !client.is_third_party() && claims.get("exp")?.as_i64()? > now / 1000;
    if usable { Some(claims.get("sub")?.as_str()?.to_owned()) } else { None }
}

fn actor_of(state: &State, token: &str, now: i64) -> Option<String> {
    let with_openid = state.access_tokens.get(token)?.scopes.iter().any(|scope| scope == "openid");
    if with_openid { opaque_subject(state, token, now) } else { None }
}

/// Scopes are granted only if they are requested.
fn for_audience(
    state: &State,
    basis: &Basis,
    form: &Params,
    actor: Option<String>,
) -> Result<Option<JwtToken>, Refusal> {
    let directory = &state.directory;
    let Some(user) = directory.user(&basis.user_id) else { return Ok(None) };
    let organization = form.present("organization_id");
    if let Some(organization) = organization {
        check_membership(state, basis, organization)?;
    }
    let resource = match one_resource(form) {
        Some(resource) => Some(directory.resource(&resource).ok_or_else(Refusal::unknown_resource)?),
        None => None,
    };
    let (audience, held, lifetime_s) = match (organization, resource) {
        (None, None) => return Ok(None),
        (Some(organization), None) => {
            let held = directory.organization_scopes_in(user.holder(), organization);
            (organization_audience(organization), held, ORGANIZATION_TOKEN_LIFE_S)
        }
        (Some(organization), Some(resource)) => {
            let held = directory.resource_scopes_of_member(user.holder(), organization, &resource.indicator);
            (resource.indicator.clone(), held, resource.ttl_ms / 1000)
        }
        (None, Some(resource)) => {
            let held = directory.resource_scopes(user.holder(), &resource.indicator);
            (resource.indicator.clone(), held, resource.ttl_ms / 1000)
        }
    };
    Ok(Some(JwtToken {
        subject: basis.user_id.clone(),
        client_id: basis.client_id.clone(),
        audience,
        organization: organization.filter(|_| resource.is_some()).map(str::to_owned),
        actor,
        scopes: Some(both(&basis.scopes, &held)),
        extra: Map::new(),
        lifetime_s,
    }))
}
