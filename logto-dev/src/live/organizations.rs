//! Changes the organizations of a running tenant.

use serde_json::{Value, json};

use super::{Live, answered, known, silent};
use crate::model::{Membership, strings};
use crate::webhooks::Event;
use crate::{Error, Organization, Result};

const MEMBERSHIP: &str = "Organization.Membership.Updated";
const USERS: &str = "/organizations/:id/users";

/// The organizations of a running tenant. [`Users`](crate::Users) adds and removes single members.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.organizations().delete(recorded::ACME)?; // `Organization.Deleted`, which names no member
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Organizations<'a> {
    live: Live<'a>,
}

impl<'a> Organizations<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds an organization, and sends `Organization.Created`.
    pub fn add(&self, organization: Organization) {
        let data = self.live.shared.with_state(|state, now| {
            let data = entity(&organization, now);
            state.directory.organizations.push(organization);
            data
        });
        self.live.send([answered("Organization.Created", "POST", "/organizations", &[], 201, data)]);
    }

    /// Renames an organization, and sends `Organization.Data.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for an id that the tenant does not have.
    pub fn rename(&self, id: &str, name: impl Into<String>) -> Result<()> {
        let data = self.live.shared.with_state(|state, now| {
            let mut organizations = state.directory.organizations.iter_mut();
            let organization = organizations.find(|known| known.id == id);
            let organization = organization.ok_or_else(|| Error::unknown("organization", id))?;
            organization.name = name.into();
            Ok(entity(organization, now))
        })?;
        let (event, route) = ("Organization.Data.Updated", "/organizations/:id");
        self.live.send([answered(event, "PATCH", route, &[("id", id)], 200, data)]);
        Ok(())
    }

    /// Deletes an organization with its memberships, and sends `Organization.Deleted`, which names no member. The
    /// next refresh for it is refused; the refresh tokens stay valid.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    pub fn delete(&self, id: &str) -> Result<()> {
        self.live.shared.with_state(|state, _| {
            let directory = &mut state.directory;
            known(directory.organizations.iter().any(|known| known.id == id), "organization", id)?;
            directory.organizations.retain(|known| known.id != id);
            let of_users = directory.users.iter_mut().map(|user| &mut user.memberships);
            let of_machines = directory.applications.iter_mut().map(|machine| &mut machine.memberships);
            for memberships in of_users.chain(of_machines) {
                memberships.retain(|known| known.organization != id);
            }
            Ok(())
        })?;
        self.live.send([silent("Organization.Deleted", "DELETE", "/organizations/:id", &[("id", id)], 204)]);
        Ok(())
    }

    /// Adds members without roles, and sends `Organization.Membership.Updated`, which lists only new members and no
    /// list
    /// if there are none.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for an organization or a user that the tenant does not have.
    pub fn add_members<I>(&self, id: &str, users: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let (added, _) = self.replace_members(id, strings(users), false)?;
        let event = silent(MEMBERSHIP, "POST", USERS, &[("id", id)], 201);
        self.live.send([membership(event, id, [("addedUserIds", added)])]);
        Ok(())
    }

    /// Sets the members, as a `PUT` does, and sends `Organization.Membership.Updated` with the added and removed
    /// members, or neither if nothing changes. Remaining members keep their roles, new members have none.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for an organization or a user that the tenant does not have.
    pub fn set_members<I>(&self, id: &str, users: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let (added, removed) = self.replace_members(id, strings(users), true)?;
        let event = silent(MEMBERSHIP, "PUT", USERS, &[("id", id)], 204);
        self.live.send([membership(event, id, [("addedUserIds", added), ("removedUserIds", removed)])]);
        Ok(())
    }

    /// Adds members, or sets exactly these members. Returns the added and the removed members.
    fn replace_members(
        &self,
        id: &str,
        users: Vec<String>,
        nobody_else: bool,
    ) -> Result<(Vec<String>, Vec<String>)> {
        self.live.shared.with_state(|state, _| {
            let directory = &mut state.directory;
            known(directory.organizations.iter().any(|known| known.id == id), "organization", id)?;
            let wanted = users.iter().map(|user| directory.find_user(user).map(|user| user.id.clone()));
            let wanted = wanted.collect::<Result<Vec<String>>>()?;
            let (mut added, mut removed) = (Vec::new(), Vec::new());
            for user in &mut directory.users {
                let is_member = user.memberships.iter().any(|known| known.organization == id);
                match (is_member, wanted.contains(&user.id)) {
                    (false, true) => {
                        added.push(user.id.clone());
                        let membership = Membership { organization: id.to_owned(), roles: Vec::new() };
                        user.memberships.push(membership);
                    }
                    (true, false) if nobody_else => {
                        removed.push(user.id.clone());
                        user.memberships.retain(|known| known.organization != id);
                    }
                    _ => {}
                }
            }
            added.sort_by_key(|id| wanted.iter().position(|known| known == id));
            Ok((added, removed))
        })
    }

    /// Adds a machine-to-machine application to an organization with these roles, and sends
    /// `Organization.Membership.Updated`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for an organization or an application that the tenant does not have.
    pub fn add_application<I>(&self, id: &str, client_id: &str, roles: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let membership_of = Membership { organization: id.to_owned(), roles: strings(roles) };
        let came = self.change_application(id, client_id, |memberships| {
            let before = memberships.len();
            memberships.retain(|known| known.organization != id);
            let came = memberships.len() == before;
            memberships.push(membership_of);
            came
        })?;
        let added = if came { vec![client_id.to_owned()] } else { Vec::new() };
        let event = silent(MEMBERSHIP, "POST", "/organizations/:id/applications", &[("id", id)], 201);
        self.live.send([membership(event, id, [("addedApplicationIds", added)])]);
        Ok(())
    }

    /// Removes a machine-to-machine application from an organization, and sends `Organization.Membership.Updated`.
    ///
    /// # Errors
    ///
    /// As [`add_application`](Self::add_application).
    pub fn remove_application(&self, id: &str, client_id: &str) -> Result<()> {
        self.change_application(id, client_id, |memberships| {
            memberships.retain(|known| known.organization != id);
        })?;
        let route = "/organizations/:id/applications/:applicationId";
        let event = silent(MEMBERSHIP, "DELETE", route, &[("id", id), ("applicationId", client_id)], 204);
        let removed = [("removedApplicationIds", vec![client_id.to_owned()])];
        self.live.send([membership(event, id, removed)]);
        Ok(())
    }

    fn change_application<R>(
        &self,
        id: &str,
        client_id: &str,
        change: impl FnOnce(&mut Vec<Membership>) -> R,
    ) -> Result<R> {
        self.live.shared.with_state(|state, _| {
            let directory = &mut state.directory;
            known(directory.organizations.iter().any(|known| known.id == id), "organization", id)?;
            let application = directory.applications.iter_mut().find(|known| known.client_id == client_id);
            let application = application.ok_or_else(|| Error::unknown("application", client_id))?;
            Ok(change(&mut application.memberships))
        })
    }
}

/// Adds the lists of changed members to an event. Empty lists are omitted.
pub(super) fn membership<'l>(
    event: Event,
    organization: &str,
    changes: impl IntoIterator<Item = (&'l str, Vec<String>)>,
) -> Event {
    let event = event.with("organizationId", organization);
    let named = changes.into_iter().filter(|(_, ids)| !ids.is_empty());
    named.fold(event, |event, (name, ids)| event.with(name, ids))
}

/// An organization as in webhooks.
fn entity(organization: &Organization, now: i64) -> Value {
    json!({
        "tenantId": "default", "id": organization.id, "name": organization.name,
        "description": organization.description, "customData": {}, "isMfaRequired": false, "color": {},
        "branding": {}, "customCss": null, "createdAt": now,
    })
}
