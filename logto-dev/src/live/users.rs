//! The people, while a tenant runs.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::model::{Membership, strings};
use crate::random;
use crate::shared::Shared;
use crate::state::SubjectToken;
use crate::webhooks::{self, Event, entity};
use crate::{Result, User};

const MEMBERSHIP: &str = "Organization.Membership.Updated";
const IMPERSONATION_LIFE_MS: i64 = 600_000;

/// The people of a tenant, while it runs. They are named by username, e-mail address or id. What Logto has a webhook
/// event for is told to the tenant's webhooks.
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
    shared: &'a Arc<Shared>,
    runtime: &'a Handle,
}

impl<'a> Users<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>, runtime: &'a Handle) -> Self {
        Self { shared, runtime }
    }

    /// Adds a person.
    pub fn add(&self, mut user: User) {
        self.shared.with_state(|state, now| {
            user.created_at.get_or_insert(now);
            state.directory.users.push(user);
        });
    }

    /// A person's id: the `sub` of the tokens.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a name that nobody goes by.
    pub fn id(&self, user: &str) -> Result<String> {
        self.shared.with_state(|state, _| state.directory.find_user(user).map(|user| user.id.clone()))
    }

    /// Suspends a person: sessions, grants and opaque tokens end at once; JWTs live on until they expire.
    /// No logout token is sent, as with Logto.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn suspend(&self, user: &str) -> Result<()> {
        self.shared.with_state(|state, _| {
            let user = state.directory.find_user_mut(user)?;
            user.suspended = true;
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
        self.update(user, |user| user.suspended = false)?;
        self.tell_of_suspension(user)
    }

    /// Deletes a person with everything of theirs.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn delete(&self, user: &str) -> Result<()> {
        let id = self.id(user)?;
        self.shared.with_state(|state, _| {
            state.sign_out_everywhere(&id);
            state.directory.users.retain(|user| user.id != id);
        });
        let params = [("userId", id.as_str())];
        self.tell(Event::mutation("User.Deleted", "DELETE", "/users/:userId", &params, Value::Null));
        Ok(())
    }

    /// Gives a role. It reaches refresh tokens only after the person was sent to sign-in again.
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

    /// Takes a role away. Its scopes are gone at the next refresh.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn take_role(&self, user: &str, role: &str) -> Result<()> {
        self.update(user, |user| user.roles.retain(|held| held != role))
    }

    /// Makes a person a member of an organization with exactly these roles. It counts from the next refresh on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn join<I>(&self, user: &str, organization: impl Into<String>, roles: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let membership = Membership { organization: organization.into(), roles: strings(roles) };
        let organization = membership.organization.clone();
        self.update(user, |user| {
            user.memberships.retain(|known| known.organization != membership.organization);
            user.memberships.push(membership);
        })?;
        let (route, params) = ("/organizations/:id/users", [("id", organization.as_str())]);
        let event = Event::mutation(MEMBERSHIP, "POST", route, &params, Value::Null);
        self.tell(event.with("addedUserIds", json!([self.id(user)?])));
        Ok(())
    }

    /// Removes a person from an organization. The next refresh for it is refused.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn leave(&self, user: &str, organization: &str) -> Result<()> {
        self.update(user, |user| user.memberships.retain(|known| known.organization != organization))?;
        let id = self.id(user)?;
        let (route, params) = ("/organizations/:id/users/:userId", [("id", organization), ("userId", &id)]);
        let event = Event::mutation(MEMBERSHIP, "DELETE", route, &params, Value::Null);
        self.tell(event.with("removedUserIds", json!([id])));
        Ok(())
    }

    /// Replaces a person's profile: `change` gets the person as described and returns them changed.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn change(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<()> {
        let id = self.shared.with_state(|state, now| {
            let user = state.directory.find_user_mut(user)?;
            let mut changed = change(user.clone());
            changed.updated_at = Some(now);
            *user = changed;
            Ok(user.id.clone())
        })?;
        self.tell_of_person(&id, "User.Data.Updated", "/users/:userId")
    }

    /// Gives a person another password, as an administrator does. Their tokens and sessions go on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let password = password.into();
        self.update(user, |user| user.password = Some(password))?;
        self.tell_of_person(user, "User.Data.Updated", "/users/:userId/password")
    }

    /// A person has forgotten their password and set another one on the sign-in pages. Their tokens and sessions go
    /// on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn reset_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let password = password.into();
        self.update(user, |user| user.password = Some(password))?;
        let event = self.shared.with_state(|state, now| {
            let user = state.directory.find_user(user)?;
            Ok(Event::interaction("PostResetPassword", "ForgotPassword", user, now))
        })?;
        self.tell(event);
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
        self.shared.with_state(|state, now| {
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
        self.shared.with_state(|state, _| {
            let id = state.directory.find_user(user)?.id.clone();
            state.sign_out_everywhere(&id);
            Ok(())
        })
    }

    fn tell_of_suspension(&self, user: &str) -> Result<()> {
        self.tell_of_person(user, "User.SuspensionStatus.Updated", "/users/:userId/is-suspended")
    }

    fn tell_of_person(&self, user: &str, event: &'static str, route: &str) -> Result<()> {
        let (id, data) = self.shared.with_state(|state, now| {
            let user = state.directory.find_user(user)?;
            Ok((user.id.clone(), entity(user, now)))
        })?;
        self.tell(Event::mutation(event, "PATCH", route, &[("userId", &id)], data));
        Ok(())
    }

    fn tell(&self, event: Event) {
        webhooks::tell(self.shared, self.runtime, event);
    }

    fn update(&self, user: &str, change: impl FnOnce(&mut User)) -> Result<()> {
        self.shared.with_state(|state, _| {
            change(state.directory.find_user_mut(user)?);
            Ok(())
        })
    }
}
