//! Changes a running tenant. The tenant's webhooks get the events that Logto sends for the same changes.

mod api_resources;
mod applications;
mod keys;
mod organization_roles;
mod organization_scopes;
mod organizations;
mod reload;
mod roles;
mod settings;
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
pub use reload::Reloaded;
pub(crate) use reload::reload;
pub use roles::Roles;
pub use settings::ApplicationSettings;
pub use users::Users;

/// A running tenant, for the handles of this module.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) runtime: &'a Handle,
}

impl Live<'_> {
    pub(crate) fn send(&self, events: impl IntoIterator<Item = Event>) {
        webhooks::send_events(self.shared, self.runtime, events.into_iter().collect());
    }
}

/// The event for a call of the Management API whose response has data.
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

/// The event for a call of the Management API without data.
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

/// Adds scopes of an API resource to those of a role.
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
