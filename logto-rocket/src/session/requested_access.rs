//! What the authorization request of a session's sign-in has asked for.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::cached_token::TokenTarget;
use crate::names::{ALWAYS_REQUESTED, ORGANIZATIONS_SCOPE};
use crate::types::{ResourceIndicator, Scopes};

/// The scopes (RFC 6749 §3.3) and API resources (RFC 8707 §2) that an authorization request has named. Logto issues no
/// token for anything else in exchange for the refresh tokens of that sign-in, as long as they live.
///
/// A session in a cookie has little room, so the names that every sign-in requests are left out, and each other one is
/// kept as the first bytes of its SHA-256. Should a name that was not requested share them with one that was, it counts
/// as requested: the user is refused until the next sign-in, and nobody is let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestedAccess(Arc<[Fingerprint]>);

type Fingerprint = [u8; 4];

/// What a name stands for.
#[derive(Clone, Copy)]
enum Kind {
    Scope,
    Resource,
}

fn fingerprint(kind: Kind, name: &str) -> Fingerprint {
    let mut hash = Context::new(&SHA256);
    hash.update(match kind {
        Kind::Scope => b"scope ",
        Kind::Resource => b"resource ",
    });
    hash.update(name.as_bytes());
    first_bytes(hash)
}

fn first_bytes(hash: Context) -> Fingerprint {
    let mut first = Fingerprint::default();
    first.copy_from_slice(&hash.finish().as_ref()[..size_of::<Fingerprint>()]);
    first
}

impl RequestedAccess {
    pub(crate) fn new(scopes: &Scopes, resources: &[ResourceIndicator]) -> Self {
        let scopes = scopes.iter().filter(|scope| !ALWAYS_REQUESTED.contains(scope));
        let scopes = scopes.map(|scope| fingerprint(Kind::Scope, scope));
        let resources = resources.iter().map(|resource| fingerprint(Kind::Resource, resource.as_str()));
        let mut names: Vec<Fingerprint> = scopes.chain(resources).collect();
        names.sort_unstable();
        names.dedup();
        RequestedAccess(names.into())
    }

    /// Whether the sign-in has requested this scope.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        ALWAYS_REQUESTED.contains(&scope) || self.has(fingerprint(Kind::Scope, scope))
    }

    /// Whether the sign-in has requested this API resource.
    pub(crate) fn has_resource(&self, resource: &str) -> bool {
        self.has(fingerprint(Kind::Resource, resource))
    }

    fn has(&self, name: Fingerprint) -> bool {
        self.0.binary_search(&name).is_ok()
    }

    /// Whether the sign-in has requested everything that the other one has.
    pub(crate) fn includes(&self, other: &RequestedAccess) -> bool {
        other.0.iter().all(|name| self.has(*name))
    }

    /// The resource or the scope without which Logto issues no token for `target`, if the sign-in has not requested it.
    pub(crate) fn missing_for<'t>(&self, target: &'t TokenTarget) -> Option<&'t str> {
        let resource = target.resource.as_ref().map(ResourceIndicator::as_str);
        let scope = target.organization.as_ref().map(|_| ORGANIZATIONS_SCOPE);
        resource
            .filter(|resource| !self.has_resource(resource))
            .or_else(|| scope.filter(|scope| !self.has_scope(scope)))
    }

    /// A short text that is the same for the same scopes and resources alone.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Context::new(&SHA256);
        self.0.iter().for_each(|name| hash.update(name));
        first_bytes(hash).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// About the bytes that it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val::<[Fingerprint]>(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::OrganizationId;

    fn requested(scopes: &str, resources: &[&str]) -> RequestedAccess {
        let resources: Vec<_> = resources.iter().map(|name| ResourceIndicator::new(*name)).collect();
        RequestedAccess::new(&Scopes::parse(scopes), &resources)
    }

    const API: &str = "https://a.example/api";

    #[test]
    fn a_name_is_requested_as_what_it_was_requested() {
        let some = requested("openid read:orders", &[API]);
        assert!(some.has_scope("read:orders") && some.has_resource(API));
        assert!(!some.has_scope(API) && !some.has_resource("read:orders"));
        assert!(!some.has_scope("READ:orders") && !some.has_scope("read:order") && !some.has_scope(""));
        assert!(!some.has_resource("https://a.example/api/"));
        assert!(RequestedAccess::default().has_scope("openid") && some.has_scope("offline_access"));
    }

    #[test]
    fn the_order_and_what_is_always_requested_make_no_difference() {
        let one = requested("openid offline_access profile a b", &[API]);
        assert_eq!(one, requested("b a a", &[API, API]));
        assert_eq!(one.digest(), requested("b a", &[API]).digest());
        assert_ne!(one.digest(), requested("a", &[API]).digest());
        assert_eq!(requested("openid profile", &[]), RequestedAccess::default());
        assert_eq!(postcard::to_allocvec(&one).expect("bytes").len(), 1 + 3 * 4);
    }

    #[test]
    fn one_request_includes_another_if_it_has_all_of_it() {
        let (less, more) = (requested("a", &[]), requested("a b", &[API]));
        assert!(more.includes(&less) && more.includes(&more) && !less.includes(&more));
        assert!(less.includes(&RequestedAccess::default()) && !RequestedAccess::default().includes(&less));
    }

    #[test]
    fn a_token_needs_its_resource_and_for_an_organization_the_scope() {
        let target = |resource: Option<&str>, organization: Option<&str>| TokenTarget {
            resource: resource.map(ResourceIndicator::new),
            organization: organization.and_then(OrganizationId::new),
        };
        let (none, api) = (RequestedAccess::default(), requested("", &[API]));
        let both = requested(ORGANIZATIONS_SCOPE, &[API]);
        assert_eq!(none.missing_for(&TokenTarget::userinfo()), None);
        assert_eq!(none.missing_for(&target(Some(API), None)), Some(API));
        assert_eq!(api.missing_for(&target(Some(API), None)), None);
        assert_eq!(api.missing_for(&target(Some(API), Some("acme"))), Some(ORGANIZATIONS_SCOPE));
        assert_eq!(api.missing_for(&target(None, Some("acme"))), Some(ORGANIZATIONS_SCOPE));
        assert_eq!(both.missing_for(&target(Some(API), Some("acme"))), None);
        assert_eq!(none.missing_for(&target(Some(API), Some("acme"))), Some(API));
    }
}
