//! The client credentials grant.

use serde_json::{Map, Value, json};

use super::user::sign;
use crate::http::Params;
use crate::model::Application;
use crate::oidc::Call;
use crate::oidc::customize;
use crate::oidc::error::Refusal;
use crate::oidc::scopes::{both, organization_audience};
use crate::oidc::tokens::{JwtToken, ORGANIZATION_TOKEN_LIFE_S};
use crate::state::State;

pub(crate) fn tokens(
    state: &State,
    call: &Call<'_>,
    client: &Application,
    form: &Params,
) -> Result<Map<String, Value>, Refusal> {
    let mut token = read(state, client, form)?;
    customize::machine(state, &mut token, form.present("organization_id"))?;
    let signed = sign(state, call, &token)?;
    let mut answer = Map::new();
    answer.insert("access_token".into(), signed.into());
    answer.insert("expires_in".into(), token.lifetime_s.into());
    answer.insert("token_type".into(), json!("Bearer"));
    if let Some(scopes) = token.scopes {
        answer.insert("scope".into(), scopes.join(" ").into());
    }
    Ok(answer)
}

fn read(state: &State, client: &Application, form: &Params) -> Result<JwtToken, Refusal> {
    let directory = &state.directory;
    let holder = client.holder();
    let resource = match form.all("resource").as_slice() {
        [] => None,
        [one] => Some(directory.resource(one).ok_or_else(Refusal::unknown_resource)?),
        _ => {
            let description = "only a single resource indicator value is supported for this grant type";
            return Err(Refusal::new(400, "invalid_target", description));
        }
    };
    let organization = form.present("organization_id");
    if organization.is_some_and(|organization| !holder.is_member_of(organization)) {
        return Err(Refusal::new(403, "access_denied", "app has not associated with the organization"));
    }
    let asked = form.words("scope");
    // Without scopes, a token for an API has no `scope` claim and one for an organization has an empty one.
    let some = |scopes: Vec<String>| (!scopes.is_empty()).then_some(scopes);
    let (audience, scopes, lifetime_s) = match (organization, resource) {
        (None, None) => {
            let description = "both `resource` and `organization_id` are not provided";
            return Err(Refusal::new(400, "invalid_target", description));
        }
        (Some(organization), None) => {
            let held = directory.organization_scopes_in(holder, organization);
            (organization_audience(organization), Some(both(&asked, &held)), ORGANIZATION_TOKEN_LIFE_S)
        }
        (Some(organization), Some(resource)) => {
            let held = directory.resource_scopes_in(holder, organization, &resource.indicator);
            (resource.indicator.clone(), some(both(&asked, &held)), resource.ttl_ms / 1000)
        }
        (None, Some(resource)) => {
            let held = directory.machine_scopes(client, &resource.indicator);
            (resource.indicator.clone(), some(both(&asked, &held)), resource.ttl_ms / 1000)
        }
    };
    Ok(JwtToken {
        subject: client.client_id.clone(),
        client_id: client.client_id.clone(),
        audience,
        organization: organization.filter(|_| resource.is_some()).map(str::to_owned),
        actor: None,
        scopes,
        extra: Map::new(),
        lifetime_s,
    })
}
