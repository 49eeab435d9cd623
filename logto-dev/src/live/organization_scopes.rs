//! Changes the organization scopes of a running tenant.

use serde_json::{Value, json};

use super::{Live, answered, known, silent};
use crate::Result;
use crate::random;

/// The organization scopes of a running tenant.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// tenant.organization_scopes().add("close:books");
/// tenant.organization_scopes().delete("manage:billing")?; // sends `OrganizationScope.Deleted`
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

    /// Adds a scope, and sends `OrganizationScope.Created`.
    pub fn add(&self, scope: impl Into<String>) {
        let scope = scope.into();
        let data = entity(&scope, None);
        self.live.shared.with_state(|state, _| state.directory.organization_scopes.push(scope));
        let route = "/organization-scopes";
        self.live.send([answered("OrganizationScope.Created", "POST", route, &[], 201, data)]);
    }

    /// Sets the description of a scope, and sends `OrganizationScope.Data.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a scope that the tenant does not have.
    pub fn describe(&self, scope: &str, description: &str) -> Result<()> {
        self.check(scope)?;
        let (event, route, id) = ("OrganizationScope.Data.Updated", "/organization-scopes/:id", id_of(scope));
        let data = entity(scope, Some(description));
        self.live.send([answered(event, "PATCH", route, &[("id", &id)], 200, data)]);
        Ok(())
    }

    /// Deletes a scope, removes it from every role, and sends `OrganizationScope.Deleted`.
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
        self.live.send([silent(event, "DELETE", route, &[("id", &id)], 204)]);
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
