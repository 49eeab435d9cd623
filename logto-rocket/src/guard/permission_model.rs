//! Logto's three permission models: which one a rule asks under.

use super::rule::{Rule, TokenKind};
use crate::names::ORGANIZATIONS_RESOURCE;
use crate::types::{OrganizationId, ResourceIndicator};

/// Which of Logto's three permission models a rule asks under. They are never mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Model<'a> {
    /// No model: the rule asks only for a known caller.
    Known,
    /// `aud` is the API resource, and there is no organization.
    Api(&'a str),
    /// `aud` is the organization.
    Organization(OrganizationId),
    /// `aud` is the API resource, and `organization_id` is the organization.
    OrganizationApi(&'a str, OrganizationId),
}

/// The shape of a rule's model, known at launch: what [`Model`] is without the request's organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelShape<'a> {
    Known,
    Api(&'a str),
    Organization,
    OrganizationApi(&'a str),
    /// A resource is needed and cannot be told.
    NoResource,
}

impl<'a> ModelShape<'a> {
    pub(super) fn of(rule: &Rule, sole_resource: Option<&'a ResourceIndicator>) -> ModelShape<'a> {
        let with_organization = rule.organization.is_some();
        if rule.resource == Some(ORGANIZATIONS_RESOURCE) {
            return ModelShape::Organization;
        }
        let asks_for_scopes = rule.named_scopes().next().is_some();
        let about_organization_alone = match rule.token {
            TokenKind::Organization => true,
            TokenKind::Access => false,
            TokenKind::None => with_organization && !asks_for_scopes,
        };
        let resource = match rule.resource {
            Some(resource) => resource,
            None if about_organization_alone => return ModelShape::Organization,
            None if !asks_for_scopes && rule.token == TokenKind::None => return ModelShape::Known,
            None => match sole_resource {
                Some(resource) => resource.as_str(),
                None => return ModelShape::NoResource,
            },
        };
        if with_organization { ModelShape::OrganizationApi(resource) } else { ModelShape::Api(resource) }
    }
}
