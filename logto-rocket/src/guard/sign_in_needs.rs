//! What a sign-in has to request for a rule.

use super::permission_model::ModelShape;
use super::rule::{Rule, TokenKind};
use crate::names::{ORGANIZATION_ROLES_SCOPE, ROLES_SCOPE};
use crate::types::ResourceIndicator;

/// The scopes that a sign-in has to request for `rule`, in addition to those that every sign-in requests.
pub(super) fn needed_scopes(rule: &Rule) -> impl Iterator<Item = &'static str> {
    let roles = match (rule.asks_for_roles(), rule.organization.is_some()) {
        (false, _) => None,
        (true, false) => Some(ROLES_SCOPE),
        (true, true) => Some(ORGANIZATION_ROLES_SCOPE),
    };
    rule.named_scopes().chain(roles)
}

/// Whether a sign-in has to request the user's organizations for `rule`.
pub(super) fn needs_organizations(rule: &Rule) -> bool {
    rule.organization.is_some() || rule.token == TokenKind::Organization
}

/// The API resource that a sign-in has to request for `rule`.
pub(super) fn needed_resource<'r>(
    rule: &Rule,
    sole_resource: Option<&'r ResourceIndicator>,
) -> Option<&'r str> {
    match ModelShape::of(rule, sole_resource) {
        ModelShape::Api(resource) | ModelShape::OrganizationApi(resource) => Some(resource),
        ModelShape::Known | ModelShape::Organization | ModelShape::NoResource => None,
    }
}
