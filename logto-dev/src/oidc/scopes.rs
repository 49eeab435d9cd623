//! The known scopes, and which of the requested scopes are granted.

use crate::model::Directory;
use crate::state::Grant;

/// The resource that requests organization scopes at sign-in.
pub(crate) const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// The scope that organization tokens require.
pub(crate) const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";

pub(crate) const OIDC_SCOPES: [&str; 13] = [
    "openid",
    "offline_access",
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    ORGANIZATIONS_SCOPE,
    "urn:logto:scope:organization_roles",
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
];

pub(crate) fn organization_audience(organization: &str) -> String {
    format!("urn:logto:organization:{organization}")
}

pub(crate) fn is_oidc(scope: &str) -> bool {
    OIDC_SCOPES.contains(&scope)
}

pub(crate) fn oidc_only(scopes: &[String]) -> Vec<String> {
    scopes.iter().filter(|scope| is_oidc(scope)).cloned().collect()
}

/// The intersection of two lists in the order of the first.
pub(crate) fn both(wanted: &[String], held: &[String]) -> Vec<String> {
    wanted.iter().filter(|scope| held.contains(scope)).cloned().collect()
}

/// Adds missing items.
pub(crate) fn merge(into: &mut Vec<String>, more: Vec<String>) {
    for scope in more {
        if !into.contains(&scope) {
            into.push(scope);
        }
    }
}

/// The scopes of a resource that a user can be granted. Any user can be granted organization scopes: whether they have
/// an effect is decided when an organization token is issued.
pub(crate) fn grantable(directory: &Directory, user_id: &str, resource: &str) -> Vec<String> {
    if resource == ORGANIZATIONS_RESOURCE {
        return directory.organization_scopes.clone();
    }
    let Some(user) = directory.user(user_id) else { return Vec::new() };
    directory.resource_scopes(user.holder(), resource)
}

/// The requested scopes that the grant has, which a code and its refresh tokens carry.
pub(crate) fn accepted(grant: &Grant, asked: &[String], resources: &[String]) -> Vec<String> {
    let granted = |scope: &&String| {
        grant.scopes.contains(scope)
            || resources
                .iter()
                .filter_map(|resource| grant.resource_scopes.get(resource))
                .any(|held| held.contains(scope))
    };
    asked.iter().filter(granted).cloned().collect()
}
