//! What an ID token and the userinfo endpoint say of a user, as far as the sign-in has requested it.

use serde_json::{Map, Value, json};

use super::grants::Grant;
use crate::names::{IDENTITIES, ORGANIZATION_ROLES_SCOPE, ORGANIZATIONS_SCOPE, ROLES_SCOPE};

/// The scope that a claim belongs to. A claim of no scope is a custom one, or comes with `profile`, which every sign-in
/// requests.
fn scope_of(claim: &str) -> Option<&'static str> {
    Some(match claim {
        "email" | "email_verified" => "email",
        "phone_number" | "phone_number_verified" => "phone",
        "address" => "address",
        "roles" => ROLES_SCOPE,
        "organizations" | "organization_data" => ORGANIZATIONS_SCOPE,
        "organization_roles" => ORGANIZATION_ROLES_SCOPE,
        "custom_data" => "custom_data",
        "identities" | "sso_identities" => IDENTITIES,
        _ => return None,
    })
}

/// The claims of the user's ID token.
pub(super) fn id_token_claims(grant: &Grant) -> Map<String, Value> {
    let user = &grant.user;
    let mut claims = Map::new();
    // Logto writes null where nothing is set.
    for unset in ["name", "picture", "username", "email", "phone_number"] {
        claims.insert(unset.to_owned(), Value::Null);
    }
    for unverified in ["email_verified", "phone_number_verified"] {
        claims.insert(unverified.to_owned(), Value::Bool(false));
    }
    let organizations: Vec<_> = user.permissions.organizations().map(|id| id.as_str().to_owned()).collect();
    let organization_roles: Vec<_> = user.permissions.organization_roles().collect();
    claims.insert("roles".to_owned(), json!(user.roles));
    claims.insert("organizations".to_owned(), json!(organizations));
    claims.insert("organization_roles".to_owned(), json!(organization_roles));
    claims.extend(user.claims.clone());
    claims.retain(|name, _| scope_of(name).is_none_or(|scope| grant.requested.has_scope(scope)));
    claims.insert("sub".to_owned(), Value::String(user.subject.clone()));
    claims
}

/// What the userinfo endpoint says.
pub(super) fn userinfo(grant: &Grant) -> Map<String, Value> {
    let mut claims = id_token_claims(grant);
    let further = grant.user.userinfo.clone().into_iter();
    claims.extend(further.filter(|(name, _)| {
        scope_of(name).is_none_or(|scope| grant.requested.has_scope(scope)) && name != "sub"
    }));
    claims
}
