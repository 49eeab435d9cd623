//! The organization scopes, while a tenant runs.

use serde_json::{Value, json};

use super::{Live, answered, known, silent};
use crate::Result;
use crate::random;

/// The organization scopes of a tenant, while it runs.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// tenant.organization_scopes().add("close:books");
/// tenant.organization_scopes().delete("manage:billing")?; // its roles lose it, and `OrganizationScope.Deleted` is told
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct OrganizationScopes<'a> {
    live: Live<'a>,
}

impl<'a> OrganizationScopes<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds a scope, and tells `OrganizationScope.Created`.
    pub fn add(&self, scope: impl Into<String>) {
        let scope = scope.into();
        let data = entity(&scope, None);
        self.live.shared.with_state(|state, _| state.directory.organization_scopes.push(scope));
        let route = "/organization-scopes";
        self.live.tell([answered("OrganizationScope.Created", "POST", route, &[], 201, data)]);
    }

    /// Gives a scope a description, and tells `OrganizationScope.Data.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a scope that the tenant does not have.
    pub fn describe(&self, scope: &str, description: &str) -> Result<()> {
        self.check(scope)?;
        let (event, route, id) = ("OrganizationScope.Data.Updated", "/organization-scopes/:id", id_of(scope));
        let data = entity(scope, Some(description));
        self.live.tell([answered(event, "PATCH", route, &[("id", &id)], 200, data)]);
        Ok(())
    }

    /// Deletes a scope, takes it from every role, and tells `OrganizationScope.Deleted`.
    ///
    /// # Errors
    ///
    /// As [`describe`](Self::describe).
    pub fn delete(&self, scope: &str) -> Result<()> {
        self.check(scope)?;
        self.live.shared.with_state(|state, _| {
            state.directory.organization_scopes.retain(|known| known != scope);
            for role in &mut state.directory.organization_roles {
                role.organization_scopes.retain(|known| known != scope);
            }
        });
        let (event, route, id) = ("OrganizationScope.Deleted", "/organization-scopes/:id", id_of(scope));
        self.live.tell([silent(event, "DELETE", route, &[("id", &id)], 204)]);
        Ok(())
    }

    fn check(&self, scope: &str) -> Result<()> {
        let there = self
            .live
            .shared
            .with_state(|state, _| state.directory.organization_scopes.iter().any(|known| known == scope));
        known(there, "organization scope", scope)
    }
}

pub(super) fn id_of(scope: &str) -> String {
    random::stable_id("organization scope", scope, 21)
}

fn entity(scope: &str, description: Option<&str>) -> Value {
    json!({ "tenantId": "default", "id": id_of(scope), "name": scope, "description": description })
}
