//! Which scopes the mounted guards ask for, by resource: what the metadata of a resource lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::mounted_guards::RouteGuards;
use super::permission_model::ModelShape;
use super::rule::Via;
use crate::logto::Logto;
use crate::types::ResourceIndicator;

/// Filled once at launch; in managed state.
#[derive(Debug, Default)]
pub(crate) struct ScopesInUse(OnceLock<BTreeMap<String, BTreeSet<&'static str>>>);

impl ScopesInUse {
    /// Notes what a bearer token can be asked for.
    pub(super) fn note(&self, found: &[RouteGuards<'_>], logto: &Logto) {
        self.0.get_or_init(|| {
            let mut scopes: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
            let rules = found.iter().flat_map(|found| &found.guards).map(|guard| &guard.rule);
            for rule in rules.filter(|rule| rule.via != Via::Session) {
                if let ModelShape::Api(resource) | ModelShape::OrganizationApi(resource) =
                    ModelShape::of(rule, logto.sole_resource())
                {
                    scopes.entry(resource.to_owned()).or_default().extend(rule.named_scopes());
                }
            }
            scopes
        });
    }

    /// In the order of their names: the same at every launch.
    pub(crate) fn of(&self, resource: &ResourceIndicator) -> Vec<&'static str> {
        let scopes = self.0.get().and_then(|scopes| scopes.get(resource.as_str()));
        scopes.map(|scopes| scopes.iter().copied().collect()).unwrap_or_default()
    }
}
