//! Which scopes there are, and which of those asked for somebody gets.

use crate::model::Directory;
use crate::state::Grant;

/// The resource that brings organization scopes into a sign-in.
pub(crate) const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// The scope without which no organization token is given.
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

/// The members of the first list that the second has too, in the order of the first.
pub(crate) fn both(wanted: &[String], held: &[String]) -> Vec<String> {
    wanted.iter().filter(|scope| held.contains(scope)).cloned().collect()
}

/// Adds what is not there yet.
pub(crate) fn merge(into: &mut Vec<String>, more: Vec<String>) {
    for scope in more {
        if !into.contains(&scope) {
            into.push(scope);
        }
    }
}

/// What a person could be granted of a resource. Organization scopes are everybody's to ask for: whether they mean
/// anything is decided when an organization token is made.
pub(crate) fn grantable(directory: &Directory, user_id: &str, resource: &str) -> Vec<String> {
    if resource == ORGANIZATIONS_RESOURCE {
        return directory.organization_scopes.clone();
    }
    let Some(user) = directory.user(user_id) else { return Vec::new() };
    directory.resource_scopes(user.holder(), resource)
}

/// Of the scopes asked for, those that the grant holds: what a code and its refresh tokens carry.
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
