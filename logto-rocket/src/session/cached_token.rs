//! Access tokens that a session holds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// What an access token is for. Two tokens with different targets are never exchanged for one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct TokenTarget {
    pub(crate) resource: Option<ResourceIndicator>,
    pub(crate) organization: Option<OrganizationId>,
}

impl TokenTarget {
    /// The opaque token, good for the userinfo endpoint alone.
    pub(crate) fn userinfo() -> Self {
        TokenTarget { resource: None, organization: None }
    }

    pub(crate) fn resource(resource: ResourceIndicator) -> Self {
        TokenTarget { resource: Some(resource), organization: None }
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.resource.is_none() && self.organization.is_none()
    }

    /// The audience that a JWT for this target has.
    pub(crate) fn audience(&self) -> Option<String> {
        match (&self.resource, &self.organization) {
            (Some(resource), _) => Some(resource.as_str().to_owned()),
            (None, Some(organization)) => Some(organization.to_urn()),
            (None, None) => None,
        }
    }
}

/// A token that was verified when it arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CachedToken {
    pub(crate) target: TokenTarget,
    pub(crate) scopes: Scopes,
    pub(crate) expires: UnixTime,
    /// When it was requested.
    pub(crate) received: UnixTime,
    /// `None` in a cookie if only the scopes are ever needed.
    pub(crate) secret: Option<Secret>,
    /// Whether a handler has asked for the token itself.
    pub(crate) handed_out: bool,
}

impl CachedToken {
    /// Its approximate size.
    pub(crate) fn bytes(&self) -> usize {
        let scopes: usize = self.scopes.iter().map(|scope| scope.len() + 1).sum();
        scopes + self.secret.as_ref().map_or(0, |secret| secret.expose().len())
    }

    /// The lifetime of the token.
    pub(crate) fn life(&self) -> Duration {
        self.expires.since(self.received)
    }
}
