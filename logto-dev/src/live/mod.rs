//! Changing a tenant while it runs. What Logto has a webhook event for is told to the tenant's webhooks.

mod api_resources;
mod applications;
mod keys;
mod organization_roles;
mod organization_scopes;
mod organizations;
mod roles;
mod users;

use std::sync::Arc;

use serde_json::Value;
use tokio::runtime::Handle;

use crate::shared::Shared;
use crate::webhooks::{self, Event, Mutation};
use crate::{Error, Result};

pub use api_resources::ApiResources;
pub use applications::Applications;
pub use keys::Keys;
pub use organization_roles::OrganizationRoles;
pub use organization_scopes::OrganizationScopes;
pub use organizations::Organizations;
pub use roles::Roles;
pub use users::Users;

/// A running tenant, as the handles of this module have it.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) runtime: &'a Handle,
}

impl Live<'_> {
    fn tell(&self, events: impl IntoIterator<Item = Event>) {
        webhooks::tell(self.shared, self.runtime, events.into_iter().collect());
    }
}

/// A call of the Management API that answers with data.
fn answered(
    name: &'static str,
    method: &'static str,
    route: &'static str,
    params: &[(&str, &str)],
    status: u16,
    data: impl Into<Value>,
) -> Event {
    silent(name, method, route, params, status).with("data", data)
}

/// A call of the Management API whose event has no data.
fn silent(
    name: &'static str,
    method: &'static str,
    route: &'static str,
    params: &[(&str, &str)],
    status: u16,
) -> Event {
    Event::mutation(name, &Mutation { method, route, params, status })
}

fn known(exists: bool, kind: &'static str, name: &str) -> Result<()> {
    if exists { Ok(()) } else { Err(Error::unknown(kind, name)) }
}

/// Scopes of a resource among those that a role gives.
fn give(scopes: &mut Vec<(String, Vec<String>)>, resource: &str, more: Vec<String>) {
    match scopes.iter_mut().find(|(known, _)| known == resource) {
        Some((_, held)) => held.extend(more),
        None => scopes.push((resource.to_owned(), more)),
    }
}

fn take(scopes: &mut [(String, Vec<String>)], resource: &str, scope: &str) {
    for (_, held) in scopes.iter_mut().filter(|(known, _)| known == resource) {
        held.retain(|known| known != scope);
    }
}
