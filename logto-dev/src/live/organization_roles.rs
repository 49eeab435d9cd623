//! Changes the organization roles of a running tenant.

use serde_json::{Value, json};

use super::{Live, answered, give, known, silent, take};
use crate::model::{Directory, Membership, strings};
use crate::{Error, OrganizationRole, Result};

const SCOPES: &str = "OrganizationRole.Scopes.Updated";

/// The organization roles of a running tenant. These events do not name the members with the role, and Logto sends
/// none for a role's scopes of API resources.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.organization_roles().take_scope("admin", recorded::SHOPPING_API, "delete:orders")?; // no event
/// tenant.organization_roles().take_organization_scope("admin", "manage:billing")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct OrganizationRoles<'a> {
    live: Live<'a>,
}

impl<'a> OrganizationRoles<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds a role, and sends `OrganizationRole.Created`, after `OrganizationRole.Scopes.Updated` if it has
    /// organization scopes.
    pub fn add(&self, role: OrganizationRole) {
        let (gives, data, id) = (!role.organization_scopes.is_empty(), entity(&role), role.id.clone());
        self.live.shared.with_state(|state, _| state.directory.organization_roles.push(role));
        let route = "/organization-roles";
        let first = gives.then(|| silent(SCOPES, "POST", route, &[], 201).with("organizationRoleId", id));
        let created = answered("OrganizationRole.Created", "POST", route, &[], 201, data);
        self.live.send(first.into_iter().chain([created]));
    }

    /// Renames a role, and sends `OrganizationRole.Data.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a role that the tenant does not have.
    pub fn rename(&self, role: &str, name: impl Into<String>) -> Result<()> {
        let name = name.into();
        let (id, data) = self.live.shared.with_state(|state, _| {
            let known = find(&mut state.directory, role)?;
            known.name.clone_from(&name);
            let data = (known.id.clone(), entity(known));
            for membership in memberships(&mut state.directory) {
                let held = membership.roles.iter_mut().filter(|held| *held == role);
                held.for_each(|held| held.clone_from(&name));
            }
            Ok(data)
        })?;
        let (event, route) = ("OrganizationRole.Data.Updated", "/organization-roles/:id");
        self.live.send([answered(event, "PATCH", route, &[("id", &id)], 200, data)]);
        Ok(())
    }

    /// Adds organization scopes to a role, and sends `OrganizationRole.Scopes.Updated`.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn give_organization_scopes<I>(&self, role: &str, scopes: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let scopes = strings(scopes);
        let id = self.change(role, |role| role.organization_scopes.extend(scopes))?;
        self.send_scopes_updated(&id, "POST", 201);
        Ok(())
    }

    /// Sets the organization scopes of a role, and sends `OrganizationRole.Scopes.Updated`.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn set_organization_scopes<I>(&self, role: &str, scopes: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let scopes = strings(scopes);
        let id = self.change(role, |role| role.organization_scopes = scopes)?;
        self.send_scopes_updated(&id, "PUT", 204);
        Ok(())
    }

    /// Removes an organization scope from a role, and sends `OrganizationRole.Scopes.Updated`.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn take_organization_scope(&self, role: &str, scope: &str) -> Result<()> {
        let id = self.change(role, |role| role.organization_scopes.retain(|known| known != scope))?;
        let scope = super::organization_scopes::id_of(scope);
        let params = [("id", id.as_str()), ("organizationScopeId", scope.as_str())];
        let route = "/organization-roles/:id/scopes/:organizationScopeId";
        self.live.send([silent(SCOPES, "DELETE", route, &params, 204)]);
        Ok(())
    }

    /// Adds scopes of an API resource to a role. No event is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a role or an API resource that the tenant does not have.
    pub fn give_scopes<I>(&self, role: &str, resource: &str, scopes: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let there = self.live.shared.with_state(|state, _| state.directory.resource(resource).is_some());
        known(there, "API resource", resource)?;
        let scopes = strings(scopes);
        self.change(role, |role| give(&mut role.scopes, resource, scopes)).map(|_| ())
    }

    /// Removes a scope of an API resource from a role. No event is sent; it is gone at the next refresh.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn take_scope(&self, role: &str, resource: &str, scope: &str) -> Result<()> {
        self.change(role, |role| take(&mut role.scopes, resource, scope)).map(|_| ())
    }

    /// Deletes a role, removes it from all members, and sends `OrganizationRole.Deleted`.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn delete(&self, role: &str) -> Result<()> {
        let id = self.live.shared.with_state(|state, _| {
            let id = find(&mut state.directory, role)?.id.clone();
            state.directory.organization_roles.retain(|known| known.name != role);
            for membership in memberships(&mut state.directory) {
                membership.roles.retain(|held| held != role);
            }
            Ok(id)
        })?;
        let (event, route) = ("OrganizationRole.Deleted", "/organization-roles/:id");
        self.live.send([silent(event, "DELETE", route, &[("id", &id)], 204)]);
        Ok(())
    }

    fn send_scopes_updated(&self, id: &str, method: &'static str, status: u16) {
        let route = "/organization-roles/:id/scopes";
        self.live.send([silent(SCOPES, method, route, &[("id", id)], status)]);
    }

    /// Changes a role and returns its id.
    fn change(&self, role: &str, change: impl FnOnce(&mut OrganizationRole)) -> Result<String> {
        self.live.shared.with_state(|state, _| {
            let known = find(&mut state.directory, role)?;
            change(known);
            Ok(known.id.clone())
        })
    }
}

fn find<'d>(directory: &'d mut Directory, role: &str) -> Result<&'d mut OrganizationRole> {
    let mut roles = directory.organization_roles.iter_mut();
    roles.find(|known| known.name == role).ok_or_else(|| Error::unknown("organization role", role))
}

fn memberships(directory: &mut Directory) -> impl Iterator<Item = &mut Membership> {
    let of_users = directory.users.iter_mut().flat_map(|user| &mut user.memberships);
    of_users.chain(directory.applications.iter_mut().flat_map(|machine| &mut machine.memberships))
}

fn entity(role: &OrganizationRole) -> Value {
    json!({
        "tenantId": "default", "id": role.id, "name": role.name, "description": role.name, "type": "User",
    })
}
