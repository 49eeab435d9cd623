//! Changes the roles of a running tenant.

use serde_json::{Value, json};

use super::api_resources::{scope_entity, scope_id};
use super::{Live, answered, give, known, silent, take};
use crate::model::{Directory, strings};
use crate::{Error, Result, Role};

const SCOPES: &str = "Role.Scopes.Updated";

/// The roles of a running tenant. [`Users`](crate::Users) assigns roles to users and removes them,
/// for which Logto sends no event. The events for roles do not name the users with the role.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.roles().take_scope("shop-user", recorded::SHOPPING_API, "write:orders")?; // gone at the next refresh
/// tenant.roles().delete("shop-user")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Roles<'a> {
    live: Live<'a>,
}

impl<'a> Roles<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds a role, and sends `Role.Created`, after `Role.Scopes.Updated` if it has scopes.
    pub fn add(&self, role: Role) {
        let (scopes, data, id) = self.live.shared.with_state(|state, now| {
            let described = (scopes_of(&role, now), entity(&role), role.id.clone());
            state.directory.roles.push(role);
            described
        });
        let first = (!scopes.is_empty())
            .then(|| answered(SCOPES, "POST", "/roles", &[], 200, scopes).with("roleId", id));
        let created = answered("Role.Created", "POST", "/roles", &[], 200, data);
        self.live.send(first.into_iter().chain([created]));
    }

    /// Renames a role, also for the users who have it, and sends `Role.Data.Updated`.
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
            for held in holders(&mut state.directory) {
                held.iter_mut().filter(|held| *held == role).for_each(|held| held.clone_from(&name));
            }
            Ok(data)
        })?;
        let params = [("id", id.as_str())];
        self.live.send([answered("Role.Data.Updated", "PATCH", "/roles/:id", &params, 200, data)]);
        Ok(())
    }

    /// Adds scopes of an API resource to a role, and sends `Role.Scopes.Updated` with all its scopes.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a role or an API resource that the tenant does not have.
    pub fn give_scopes<I>(&self, role: &str, resource: &str, scopes: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let scopes = strings(scopes);
        let (id, data) = self.live.shared.with_state(|state, now| {
            known(state.directory.resource(resource).is_some(), "API resource", resource)?;
            let known = find(&mut state.directory, role)?;
            give(&mut known.scopes, resource, scopes);
            Ok((known.id.clone(), scopes_of(known, now)))
        })?;
        self.live.send([answered(SCOPES, "POST", "/roles/:id/scopes", &[("id", &id)], 201, data)]);
        Ok(())
    }

    /// Removes a scope from a role, and sends `Role.Scopes.Updated`. It is gone at the next refresh.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn take_scope(&self, role: &str, resource: &str, scope: &str) -> Result<()> {
        let id = self.live.shared.with_state(|state, _| {
            let known = find(&mut state.directory, role)?;
            take(&mut known.scopes, resource, scope);
            Ok(known.id.clone())
        })?;
        let scope = scope_id(resource, scope);
        let params = [("id", id.as_str()), ("scopeId", scope.as_str())];
        self.live.send([silent(SCOPES, "DELETE", "/roles/:id/scopes/:scopeId", &params, 204)]);
        Ok(())
    }

    /// Deletes a role, removes it from all users and applications, and sends `Role.Deleted`.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn delete(&self, role: &str) -> Result<()> {
        let id = self.live.shared.with_state(|state, _| {
            let id = find(&mut state.directory, role)?.id.clone();
            state.directory.roles.retain(|known| known.name != role);
            for held in holders(&mut state.directory) {
                held.retain(|held| held != role);
            }
            Ok(id)
        })?;
        self.live.send([silent("Role.Deleted", "DELETE", "/roles/:id", &[("id", &id)], 204)]);
        Ok(())
    }
}

fn find<'d>(directory: &'d mut Directory, role: &str) -> Result<&'d mut Role> {
    directory.roles.iter_mut().find(|known| known.name == role).ok_or_else(|| Error::unknown("role", role))
}

/// The roles of all users and applications.
fn holders(directory: &mut Directory) -> impl Iterator<Item = &mut Vec<String>> {
    let of_users = directory.users.iter_mut().map(|user| &mut user.roles);
    of_users.chain(directory.applications.iter_mut().map(|machine| &mut machine.roles))
}

fn scopes_of(role: &Role, now: i64) -> Vec<Value> {
    let of_resource = |(resource, scopes): &(String, Vec<String>)| -> Vec<Value> {
        scopes.iter().map(|scope| scope_entity(resource, scope, None, now)).collect()
    };
    role.scopes.iter().flat_map(of_resource).collect()
}

fn entity(role: &Role) -> Value {
    json!({
        "tenantId": "default", "id": role.id, "name": role.name, "description": role.name,
        "type": "User", "isDefault": false,
    })
}
