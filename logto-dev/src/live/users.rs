//! The people, while a tenant runs.

use serde_json::Value;

use super::organizations::membership;
use super::{Live, answered, silent};
use crate::model::{Membership, strings};
use crate::random;
use crate::state::SubjectToken;
use crate::webhooks::{Event, Interaction, entity, managed_entity, profile};
use crate::{Error, Result, User};

const DATA: &str = "User.Data.Updated";
const MEMBERSHIP: &str = "Organization.Membership.Updated";
const IMPERSONATION_LIFE_MS: i64 = 600_000;

/// The people of a tenant, while it runs. They are named by username, e-mail address or id. What Logto has a webhook
/// event for is told to the tenant's webhooks, in the shape that it has where the change was made: by an administrator
/// (the Management API), by the person (the Account API), or on the sign-in pages.
///
/// Of these Logto tells nobody: a role given or taken, a role in an organization given or taken, a personal access
/// token, the end of a session, a sign-out, a sign-in without a page, a refresh.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// tenant.users().take_role("alice", "shop-user")?; // gone from the next refresh on
/// tenant.users().suspend("alice")?;                // all her tokens and sessions end now
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Users<'a> {
    live: Live<'a>,
}

impl<'a> Users<'a> {
    pub(crate) fn new(live: Live<'a>) -> Self {
        Self { live }
    }

    /// Adds a person, and tells `User.Created`.
    pub fn add(&self, mut user: User) {
        let data = self.live.shared.with_state(|state, now| {
            user.created_at.get_or_insert(now);
            let data = managed_entity(&user);
            state.directory.users.push(user);
            data
        });
        self.live.tell([answered("User.Created", "POST", "/users", &[], 200, data)]);
    }

    /// A person's id: the `sub` of the tokens.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a name that nobody goes by.
    pub fn id(&self, user: &str) -> Result<String> {
        self.live.shared.with_state(|state, _| state.directory.find_user(user).map(|user| user.id.clone()))
    }

    /// Suspends a person: sessions, grants and opaque tokens end at once; JWTs live on until they expire.
    /// No logout token is sent, as with Logto.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn suspend(&self, user: &str) -> Result<()> {
        self.live.shared.with_state(|state, now| {
            let user = state.directory.find_user_mut(user)?;
            user.suspended = true;
            user.updated_at = Some(now);
            let id = user.id.clone();
            state.sign_out_everywhere(&id);
            Ok(())
        })?;
        self.tell_of_suspension(user)
    }

    /// Lets a suspended person in again. Tokens from before stay dead.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn reactivate(&self, user: &str) -> Result<()> {
        let user = &self.replace(user, |mut user| {
            user.suspended = false;
            user
        })?;
        self.tell_of_suspension(user)
    }

    /// Deletes a person with everything of theirs, and tells `User.Deleted` with what they were.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn delete(&self, user: &str) -> Result<()> {
        let (id, data) = self.live.shared.with_state(|state, _| {
            let user = state.directory.find_user(user)?;
            let (id, data) = (user.id.clone(), entity(user));
            state.sign_out_everywhere(&id);
            state.directory.users.retain(|user| user.id != id);
            Ok((id, data))
        })?;
        let params = [("userId", id.as_str())];
        self.live.tell([answered("User.Deleted", "DELETE", "/users/:userId", &params, 204, data)]);
        Ok(())
    }

    /// Gives a role. Nobody is told. It reaches refresh tokens only after the person was sent to sign-in again.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn give_role(&self, user: &str, role: impl Into<String>) -> Result<()> {
        let role = role.into();
        self.update(user, |user| {
            if !user.roles.contains(&role) {
                user.roles.push(role);
            }
        })
    }

    /// Takes a role away. Nobody is told; its scopes are gone at the next refresh.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn take_role(&self, user: &str, role: &str) -> Result<()> {
        self.update(user, |user| user.roles.retain(|held| held != role))
    }

    /// Makes a person a member of an organization with exactly these roles. It counts from the next refresh on.
    /// `Organization.Membership.Updated` names the person, unless they were a member already.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn join<I>(&self, user: &str, organization: impl Into<String>, roles: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let (organization, roles) = (organization.into(), strings(roles));
        let id = self.id(user)?;
        let known = self.update(user, |user| set_roles(user, &organization, roles))?;
        let added = if known { Vec::new() } else { vec![id] };
        let (route, params) = ("/organizations/:id/users", [("id", organization.as_str())]);
        let event = silent(MEMBERSHIP, "POST", route, &params, 201);
        self.live.tell([membership(event, &organization, [("addedUserIds", added)])]);
        Ok(())
    }

    /// Removes a person from an organization, and tells `Organization.Membership.Updated`; nothing is told of who was
    /// no member. The next refresh for it is refused.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn leave(&self, user: &str, organization: &str) -> Result<()> {
        let id = self.id(user)?;
        let was_member = self.update(user, |user| {
            let before = user.memberships.len();
            user.memberships.retain(|known| known.organization != organization);
            user.memberships.len() < before
        })?;
        if was_member {
            let (route, params) =
                ("/organizations/:id/users/:userId", [("id", organization), ("userId", &id)]);
            let event = silent(MEMBERSHIP, "DELETE", route, &params, 204);
            self.live.tell([membership(event, organization, [("removedUserIds", vec![id.clone()])])]);
        }
        Ok(())
    }

    /// Gives a member of an organization exactly these roles there. Nobody is told; it counts from the next refresh
    /// on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id), and for an organization that the person is no member of.
    pub fn set_organization_roles<I>(&self, user: &str, organization: &str, roles: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let roles = strings(roles);
        let is_member = self.live.shared.with_state(|state, _| {
            state.directory.find_user(user).map(|user| user.holder().is_member_of(organization))
        })?;
        if !is_member {
            return Err(Error::unknown("organization of the user", organization));
        }
        self.update(user, |user| set_roles(user, organization, roles)).map(|_| ())
    }

    /// Replaces a person's profile, as an administrator does: `change` gets the person as described and returns them
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn change(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<()> {
        let id = self.replace(user, change)?;
        self.tell_of_person(&id, DATA, "/users/:userId")
    }

    /// The same by the person, through the Account API: the event tells neither a route nor what was changed.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn change_own(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<()> {
        let id = self.replace(user, change)?;
        self.tell_of_own_change(&id)
    }

    /// Replaces a person's custom data, as an administrator does. The `data` of the event is the custom data alone.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_custom_data(&self, user: &str, custom_data: Value) -> Result<()> {
        let data = custom_data.clone();
        let id = self.replace(user, |user| user.custom_data(custom_data))?;
        let params = [("userId", id.as_str())];
        self.live.tell([answered(DATA, "PATCH", "/users/:userId/custom-data", &params, 200, data)]);
        Ok(())
    }

    /// Sets claims of a person's `profile` scope, such as `given_name`, as an administrator does. The `data` of the
    /// event is the profile alone.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_profile<I, N, V>(&self, user: &str, claims: I) -> Result<()>
    where
        I: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<Value>,
    {
        let set =
            |user: User| claims.into_iter().fold(user, |user, (claim, value)| user.profile(claim, value));
        let id = self.replace(user, set)?;
        let data = self.live.shared.with_state(|state, _| state.directory.find_user(&id).map(profile))?;
        let params = [("userId", id.as_str())];
        self.live.tell([answered(DATA, "PATCH", "/users/:userId/profile", &params, 200, data)]);
        Ok(())
    }

    /// Gives a person another password, as an administrator does. Their tokens and sessions go on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let id = self.replace(user, |user| user.password(password))?;
        self.tell_of_person(&id, DATA, "/users/:userId/password")
    }

    /// A person has changed their own password, through the Account API. Their tokens and sessions go on. The event
    /// is the one of [`change_own`](Self::change_own): nothing in it tells of a password.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_own_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let id = self.replace(user, |user| user.password(password))?;
        self.tell_of_own_change(&id)
    }

    /// A person has forgotten their password and set another one on the sign-in pages. Their tokens and sessions go
    /// on. `User.Data.Updated` is told first, then `PostResetPassword`.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn reset_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let id = self.replace(user, |user| user.password(password))?;
        let events = self.live.shared.with_state(|state, _| {
            let interaction =
                Interaction::new("ForgotPassword", state.directory.first_application_of_people());
            let user = state.directory.find_user(&id)?;
            Ok([
                Event::interaction_data(DATA, &interaction, entity(user)),
                Event::post("PostResetPassword", &interaction, user),
            ])
        })?;
        self.live.tell(events);
        Ok(())
    }

    /// Makes a personal access token, for applications that may exchange it. It can be used again and again.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn personal_access_token(&self, user: &str) -> Result<String> {
        self.subject_token(user, "pat", None)
    }

    /// Makes an impersonation token: good for one token exchange within ten minutes.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn impersonation_token(&self, user: &str) -> Result<String> {
        self.subject_token(user, "sub", Some(IMPERSONATION_LIFE_MS))
    }

    fn subject_token(&self, user: &str, prefix: &str, life_ms: Option<i64>) -> Result<String> {
        self.live.shared.with_state(|state, now| {
            let user_id = state.directory.find_user(user)?.id.clone();
            let token = format!("{prefix}_{}", random::token());
            let entry = SubjectToken { user_id, expires_at: life_ms.map(|life| now + life) };
            state.subject_tokens.insert(token.clone(), entry);
            Ok(token)
        })
    }

    /// Ends a person's sessions and grants, as a maintenance script would; no logout token is sent.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn revoke_everything(&self, user: &str) -> Result<()> {
        self.live.shared.with_state(|state, _| {
            let id = state.directory.find_user(user)?.id.clone();
            state.sign_out_everywhere(&id);
            Ok(())
        })
    }

    fn tell_of_suspension(&self, user: &str) -> Result<()> {
        self.tell_of_person(user, "User.SuspensionStatus.Updated", "/users/:userId/is-suspended")
    }

    fn tell_of_person(&self, user: &str, event: &'static str, route: &'static str) -> Result<()> {
        let (id, data) = self.live.shared.with_state(|state, _| {
            let user = state.directory.find_user(user)?;
            Ok((user.id.clone(), managed_entity(user)))
        })?;
        self.live.tell([answered(event, "PATCH", route, &[("userId", &id)], 200, data)]);
        Ok(())
    }

    fn tell_of_own_change(&self, user: &str) -> Result<()> {
        let event =
            self.live.shared.with_state(|state, _| state.directory.find_user(user).map(Event::own_change))?;
        self.live.tell([event]);
        Ok(())
    }

    /// Replaces a person and returns the id.
    fn replace(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<String> {
        self.live.shared.with_state(|state, now| {
            let user = state.directory.find_user_mut(user)?;
            let mut changed = change(user.clone());
            changed.updated_at = Some(now);
            *user = changed;
            Ok(user.id.clone())
        })
    }

    fn update<R>(&self, user: &str, change: impl FnOnce(&mut User) -> R) -> Result<R> {
        self.live.shared.with_state(|state, _| Ok(change(state.directory.find_user_mut(user)?)))
    }
}

/// Makes somebody a member with exactly these roles, and tells whether they were one already.
fn set_roles(user: &mut User, organization: &str, roles: Vec<String>) -> bool {
    match user.memberships.iter_mut().find(|known| known.organization == organization) {
        Some(membership) => {
            membership.roles = roles;
            true
        }
        None => {
            user.memberships.push(Membership { organization: organization.to_owned(), roles });
            false
        }
    }
}
