//! Runs the tenant's JWT customizers before a token is issued.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::tokens::JwtToken;
use crate::customizer::{CustomizedToken, JwtCustomizer};
use crate::model::{Directory, User};
use crate::state::{Basis, State};
use crate::webhooks::entity;

type Claims = Map<String, Value>;

/// The claims for a user's opaque token.
pub(crate) fn opaque(state: &State, basis: &Basis, scopes: &[String], gty: &str) -> Result<Claims, Refusal> {
    of_person(state, basis, |token| {
        token.scopes = scopes.to_vec();
        token.grant_type = Some(gty.to_owned());
    })
}

/// Adds claims to a user's JWT.
pub(crate) fn jwt(
    state: &State,
    basis: &Basis,
    token: &mut JwtToken,
    organization: Option<&str>,
    gty: &str,
) -> Result<(), Refusal> {
    token.extra = of_person(state, basis, |asked| {
        asked.audience = Some(token.audience.clone());
        asked.scopes = token.scopes.clone().unwrap_or_default();
        asked.organization_id = organization.map(str::to_owned);
        asked.grant_type = Some(gty.to_owned());
    })?;
    Ok(())
}

/// Adds claims to a machine's JWT.
pub(crate) fn machine(
    state: &State,
    token: &mut JwtToken,
    organization: Option<&str>,
) -> Result<(), Refusal> {
    let Some(customizer) = &state.customizers.client_credentials else { return Ok(()) };
    let mut asked = blank(&token.client_id);
    asked.audience = Some(token.audience.clone());
    asked.scopes = token.scopes.clone().unwrap_or_default();
    asked.organization_id = organization.map(str::to_owned);
    token.extra = run(customizer, &asked)?;
    Ok(())
}

fn of_person(
    state: &State,
    basis: &Basis,
    describe: impl FnOnce(&mut CustomizedToken),
) -> Result<Claims, Refusal> {
    let mut claims = match &state.customizers.access_token {
        Some(customizer) => {
            let mut token = blank(&basis.client_id);
            token.user_id = Some(basis.user_id.clone());
            if let Some(user) = state.directory.user(&basis.user_id) {
                token.user = context(&state.directory, user);
            }
            describe(&mut token);
            run(customizer, &token)?
        }
        None => Map::new(),
    };
    claims.extend(state.custom_claims.get(&basis.user_id).cloned().unwrap_or_default());
    Ok(claims)
}

/// Adds claims to a JWT that is issued without a sign-in. The error is the message of a denial.
pub(crate) fn issued(
    state: &State,
    token: &mut JwtToken,
    user: Option<&User>,
    organization: Option<&str>,
) -> Result<(), String> {
    let customizer = match user {
        Some(_) => &state.customizers.access_token,
        None => &state.customizers.client_credentials,
    };
    if let Some(customizer) = customizer {
        let mut asked = blank(&token.client_id);
        asked.user_id = user.map(|user| user.id.clone());
        asked.user = user.map_or(Value::Null, |user| context(&state.directory, user));
        asked.audience = Some(token.audience.clone());
        asked.scopes = token.scopes.clone().unwrap_or_default();
        asked.organization_id = organization.map(str::to_owned);
        token.extra = customizer.run(&asked).map_err(|denial| denial.message().to_owned())?;
    }
    if let Some(claims) = user.and_then(|user| state.custom_claims.get(&user.id)) {
        token.extra.extend(claims.clone());
    }
    Ok(())
}

fn blank(client_id: &str) -> CustomizedToken {
    CustomizedToken {
        client_id: client_id.to_owned(),
        user_id: None,
        audience: None,
        scopes: Vec::new(),
        organization_id: None,
        grant_type: None,
        user: Value::Null,
    }
}

fn run(customizer: &JwtCustomizer, token: &CustomizedToken) -> Result<Claims, Refusal> {
    customizer.run(token).map_err(|denial| Refusal::new(400, "access_denied", denial.message()))
}

/// A user in the form that scripts get.
fn context(directory: &Directory, user: &User) -> Value {
    let mut context = entity(user);
    if let Value::Object(members) = &mut context {
        let roles: Vec<Value> = user.roles.iter().map(|role| json!({ "name": role })).collect();
        let joined = directory.organizations.iter().filter(|known| user.holder().is_member_of(&known.id));
        let organizations: Vec<Value> = joined
            .map(|known| json!({ "id": known.id, "name": known.name, "description": known.description }))
            .collect();
        let organization_roles = user.memberships.iter().flat_map(|membership| {
            membership
                .roles
                .iter()
                .map(|role| json!({ "organizationId": membership.organization, "roleName": role }))
        });
        members.insert("hasPassword".into(), user.password.is_some().into());
        members.insert("roles".into(), roles.into());
        members.insert("organizations".into(), organizations.into());
        members.insert("organizationRoles".into(), organization_roles.collect());
    }
    context
}
