//! Changes the API resources of a running tenant.

use serde_json::{Value, json};

use super::{Live, answered, known, silent, take};
use crate::random;
use crate::{ApiResource, Result};

/// The API resources of a running tenant. Logto sends webhook events for changes of scopes, but not for changes of
/// API resources.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.api_resources().add_scope(recorded::SHOPPING_API, "export:orders")?;
/// tenant.api_resources().delete_scope(recorded::SHOPPING_API, "read:orders")?; // its roles lose it
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct ApiResources<'a> {
    live: Live<'a>,
}

impl<'a> ApiResources<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds an API resource. No event is sent.
    pub fn add(&self, resource: ApiResource) {
        self.live.shared.with_state(|state, _| state.directory.resources.push(resource));
    }

    /// Deletes an API resource with its scopes. No event is sent; the next refresh for it is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an API resource that the tenant does not have.
    pub fn delete(&self, resource: &str) -> Result<()> {
        self.check(resource, None)?;
        self.live.shared.with_state(|state, _| {
            let directory = &mut state.directory;
            directory.resources.retain(|known| known.indicator != resource);
            let by_roles = directory.roles.iter_mut().map(|role| &mut role.scopes);
            let by_organizations = directory.organization_roles.iter_mut().map(|role| &mut role.scopes);
            for scopes in by_roles.chain(by_organizations) {
                scopes.retain(|(known, _)| known != resource);
            }
        });
        Ok(())
    }

    /// Adds a scope that no role has yet, and sends `Scope.Created`.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    pub fn add_scope(&self, resource: &str, scope: impl Into<String>) -> Result<()> {
        let scope = scope.into();
        self.check(resource, None)?;
        let data = self.live.shared.with_state(|state, now| {
            let data = scope_entity(resource, &scope, None, now);
            let mut resources = state.directory.resources.iter_mut();
            if let Some(known) = resources.find(|known| known.indicator == resource) {
                known.scopes.push(scope);
            }
            data
        });
        let id = resource_id(resource);
        let (route, params) = ("/resources/:resourceId/scopes", [("resourceId", id.as_str())]);
        self.live.send([answered("Scope.Created", "POST", route, &params, 201, data)]);
        Ok(())
    }

    /// Gives a scope a description, and sends `Scope.Data.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a resource or a scope that the tenant does not have.
    pub fn describe_scope(&self, resource: &str, scope: &str, description: &str) -> Result<()> {
        self.check(resource, Some(scope))?;
        let data =
            self.live.shared.with_state(|_, now| scope_entity(resource, scope, Some(description), now));
        let (resource, scope) = (resource_id(resource), scope_id(resource, scope));
        let params = [("resourceId", resource.as_str()), ("scopeId", scope.as_str())];
        self.live.send([answered("Scope.Data.Updated", "PATCH", SCOPE, &params, 200, data)]);
        Ok(())
    }

    /// Deletes a scope, removes it from every role, and sends `Scope.Deleted`.
    ///
    /// # Errors
    ///
    /// As [`describe_scope`](Self::describe_scope).
    pub fn delete_scope(&self, resource: &str, scope: &str) -> Result<()> {
        self.check(resource, Some(scope))?;
        self.live.shared.with_state(|state, _| {
            let directory = &mut state.directory;
            for known in directory.resources.iter_mut().filter(|known| known.indicator == resource) {
                known.scopes.retain(|known| known != scope);
            }
            directory.roles.iter_mut().for_each(|role| take(&mut role.scopes, resource, scope));
            let roles = directory.organization_roles.iter_mut();
            roles.for_each(|role| take(&mut role.scopes, resource, scope));
        });
        let (resource, scope) = (resource_id(resource), scope_id(resource, scope));
        let params = [("resourceId", resource.as_str()), ("scopeId", scope.as_str())];
        self.live.send([silent("Scope.Deleted", "DELETE", SCOPE, &params, 204)]);
        Ok(())
    }

    fn check(&self, resource: &str, scope: Option<&str>) -> Result<()> {
        self.live.shared.with_state(|state, _| {
            let there = state.directory.resource(resource);
            known(there.is_some(), "API resource", resource)?;
            let Some(scope) = scope else { return Ok(()) };
            let defined = there.is_some_and(|there| there.scopes.iter().any(|known| known == scope));
            known(defined, "scope of that resource", scope)
        })
    }
}

const SCOPE: &str = "/resources/:resourceId/scopes/:scopeId";

pub(super) fn scope_id(resource: &str, scope: &str) -> String {
    random::stable_id("scope", &format!("{resource} {scope}"), 21)
}

fn resource_id(resource: &str) -> String {
    random::stable_id("resource", resource, 21)
}

/// A scope of an API resource as in webhooks.
pub(super) fn scope_entity(resource: &str, scope: &str, description: Option<&str>, now: i64) -> Value {
    json!({
        "tenantId": "default", "id": scope_id(resource, scope), "resourceId": resource_id(resource), "name": scope,
        "description": description, "createdAt": now,
    })
}
