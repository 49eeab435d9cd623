//! Replaces the description of a running tenant.

use std::net::IpAddr;

use super::{Live, answered};
use crate::builder::Description;
use crate::model::{Directory, User};
use crate::state::State;
use crate::webhooks::{Event, entity, managed_entity};
use crate::{Error, Result};

/// What a new description changed in a running tenant. See [`Tenant::reload`](crate::Tenant::reload).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reloaded {
    /// The usernames of the users who are new.
    pub added_users: Vec<String>,
    /// The usernames of the users who are gone, with their sessions and grants.
    pub removed_users: Vec<String>,
    /// The client ids of the applications that are new.
    pub added_applications: Vec<String>,
    /// The client ids of the applications that are gone, with their grants.
    pub removed_applications: Vec<String>,
    /// The port of the new description, if the tenant listens on another one. It stays where it is.
    pub ignored_port: Option<u16>,
    /// The address of the new description, or 127.0.0.1 if it has none, if the tenant listens on another one. It stays
    /// where it is.
    pub ignored_address: Option<IpAddr>,
}

pub(crate) fn reload(live: Live<'_>, description: Description) -> Result<Reloaded> {
    let listens_on = live.shared.listens_on;
    let (reloaded, events) = live.shared.with_state(|state, now| {
        let Description { address, port, mut directory, webhooks, customizers, account_center } = description;
        if directory.is_empty() && has_described(state) {
            return Err(Error::NothingDescribed);
        }
        let mut reloaded = Reloaded {
            ignored_port: port.filter(|port| *port != 0 && *port != listens_on.port()),
            ignored_address: Some(address).filter(|address| *address != listens_on.ip()),
            ..Reloaded::default()
        };
        let described = directory.users.iter().map(|user| user.id.clone()).collect();
        keep_registered(state, &mut directory);
        let events = take_over_users(state, &mut directory, &mut reloaded, now);
        take_over_applications(state, &directory, &mut reloaded);
        state.directory = directory;
        state.described_users = described;
        state.webhooks = webhooks;
        state.customizers = customizers;
        state.account.center = account_center;
        Ok((reloaded, events))
    })?;
    live.send(events);
    Ok(reloaded)
}

/// Whether a description without users and applications would remove any.
fn has_described(state: &State) -> bool {
    let mut users = state.directory.users.iter();
    !state.directory.applications.is_empty() || users.any(|user| state.described_users.contains(&user.id))
}

/// Keeps the users who registered on the sign-in page: no description ever had them.
fn keep_registered(state: &State, directory: &mut Directory) {
    let registered = state.directory.users.iter().filter(|user| !state.described_users.contains(&user.id));
    for user in registered {
        let clashes = |known: &User| known.id == user.id || known.username == user.username;
        if directory.users.iter().any(clashes) {
            continue;
        }
        // What they were given while the tenant ran may be gone.
        let mut user = user.clone();
        user.roles.retain(|role| directory.roles.iter().any(|known| known.name == *role));
        user.memberships
            .retain(|held| directory.organizations.iter().any(|known| known.id == held.organization));
        directory.users.push(user);
    }
}

fn take_over_users(
    state: &mut State,
    directory: &mut Directory,
    reloaded: &mut Reloaded,
    now: i64,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut suspended = Vec::new();
    for user in &mut directory.users {
        let Some(known) = state.directory.user(&user.id) else {
            user.created_at.get_or_insert(now);
            reloaded.added_users.push(user.username.clone());
            events.push(answered("User.Created", "POST", "/users", &[], 200, managed_entity(user)));
            continue;
        };
        user.created_at = user.created_at.or(known.created_at);
        user.updated_at = known.updated_at;
        user.last_sign_in_at = known.last_sign_in_at;
        user.first_application.clone_from(&known.first_application);
        if user.suspended != known.suspended {
            user.updated_at = Some(now);
            let (route, params) = ("/users/:userId/is-suspended", [("userId", user.id.as_str())]);
            let name = "User.SuspensionStatus.Updated";
            events.push(answered(name, "PATCH", route, &params, 200, managed_entity(user)));
        }
        if user.suspended && !known.suspended {
            suspended.push(user.id.clone());
        }
    }
    for id in suspended {
        state.sign_out_everywhere(&id);
    }
    let gone = state.directory.users.iter().filter(|known| directory.user(&known.id).is_none());
    let gone: Vec<User> = gone.cloned().collect();
    for user in gone {
        state.forget_user(&user.id);
        let params = [("userId", user.id.as_str())];
        events.push(answered("User.Deleted", "DELETE", "/users/:userId", &params, 204, entity(&user)));
        reloaded.removed_users.push(user.username);
    }
    events
}

fn take_over_applications(state: &mut State, directory: &Directory, reloaded: &mut Reloaded) {
    let ids = |directory: &Directory| -> Vec<String> {
        directory.applications.iter().map(|known| known.client_id.clone()).collect()
    };
    let (before, after) = (ids(&state.directory), ids(directory));
    reloaded.added_applications = after.iter().filter(|id| !before.contains(id)).cloned().collect();
    for id in before.into_iter().filter(|id| !after.contains(id)) {
        state.forget_application(&id);
        reloaded.removed_applications.push(id);
    }
}
