//! Changes the users of a running tenant.

use serde_json::Value;

use super::organizations::membership;
use super::{Live, answered, silent};
use crate::model::{Membership, strings};
use crate::random;
use crate::state::SubjectToken;
use crate::webhooks::{Event, Interaction, entity, managed_entity, profile};
use crate::{Error, ProviderToken, Result, User};

const DATA: &str = "User.Data.Updated";
const MEMBERSHIP: &str = "Organization.Membership.Updated";
/// Claims that no user has a value for.
const OF_THE_PROVIDER: [&str; 23] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "sid",
    "at_hash",
    "auth_time",
    "azp",
    "username",
    "created_at",
    "updated_at",
    "roles",
    "organizations",
    "organization_roles",
    "organization_data",
    "identities",
    "sso_identities",
    "email_verified",
    "phone_number_verified",
];
/// Claims that no customizer can replace.
const PROTECTED: [&str; 8] = ["iss", "sub", "aud", "exp", "iat", "jti", "scope", "client_id"];
const IMPERSONATION_LIFE_MS: i64 = 600_000;

/// The users of a running tenant, named by username, e-mail address or id. The tenant's webhooks get the events that
/// Logto sends for these changes. Their shape depends on where the change was made: by an administrator
/// (the Management API), by the user (the Account API), or on the sign-in pages.
///
/// Logto sends no event for these changes: a role or an organization role assigned or removed, a personal access
/// token, the end of a session, a sign-out, a sign-in without a page, a refresh.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// tenant.users().take_role("alice", "shop-user")?; // counts from the next refresh on
/// tenant.users().suspend("alice")?;                // ends all her tokens and sessions
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

    /// Adds a user, and sends `User.Created`.
    pub fn add(&self, mut user: User) {
        let data = self.live.shared.with_state(|state, now| {
            user.created_at.get_or_insert(now);
            let data = managed_entity(&user);
            state.directory.users.push(user);
            data
        });
        self.live.send([answered("User.Created", "POST", "/users", &[], 200, data)]);
    }

    /// The id of a user, which is the `sub` of the tokens.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an unknown user.
    pub fn id(&self, user: &str) -> Result<String> {
        self.live.shared.with_state(|state, _| state.directory.find_user(user).map(|user| user.id.clone()))
    }

    /// Suspends a user: sessions, grants and opaque tokens end at once. JWTs stay valid until they expire.
    /// Like Logto, it sends no logout token.
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
        self.send_suspension(user)
    }

    /// Reactivates a suspended user. Tokens from before stay invalid.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn reactivate(&self, user: &str) -> Result<()> {
        let user = &self.replace(user, |mut user| {
            user.suspended = false;
            user
        })?;
        self.send_suspension(user)
    }

    /// Deletes a user with all their data, and sends `User.Deleted` with the user's data.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn delete(&self, user: &str) -> Result<()> {
        let (id, data) = self.live.shared.with_state(|state, _| {
            let user = state.directory.find_user(user)?;
            let (id, data) = (user.id.clone(), entity(user));
            state.forget_user(&id);
            state.directory.users.retain(|user| user.id != id);
            Ok((id, data))
        })?;
        let params = [("userId", id.as_str())];
        self.live.send([answered("User.Deleted", "DELETE", "/users/:userId", &params, 204, data)]);
        Ok(())
    }

    /// Assigns a role. No event is sent. It counts for refresh tokens only after a new sign-in.
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

    /// Removes a role. No event is sent; its scopes are gone at the next refresh.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn take_role(&self, user: &str, role: &str) -> Result<()> {
        self.update(user, |user| user.roles.retain(|held| held != role))
    }

    /// Makes a user a member of an organization with exactly these roles, from the next refresh on.
    /// `Organization.Membership.Updated` names the user, unless they were a member already.
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
        self.live.send([membership(event, &organization, [("addedUserIds", added)])]);
        Ok(())
    }

    /// Removes a member from an organization, and sends `Organization.Membership.Updated` if the user was
    /// a member. The next refresh for the organization is refused.
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
            self.live.send([membership(event, organization, [("removedUserIds", vec![id.clone()])])]);
        }
        Ok(())
    }

    /// Sets the organization roles of a member. No event is sent; it counts from the next refresh
    /// on.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id), and for an organization that the user is not a member of.
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

    /// Changes a user, as an administrator does: `change` gets the user's description and returns the
    /// new one.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn change(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<()> {
        let id = self.replace(user, change)?;
        self.send_management_event(&id, DATA, "/users/:userId")
    }

    /// The same by the user, through the Account API: the event contains neither a route nor what was changed.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn change_own(&self, user: &str, change: impl FnOnce(User) -> User) -> Result<()> {
        let id = self.replace(user, change)?;
        self.send_account_event(&id)
    }

    /// Replaces a user's custom data, as an administrator does. The `data` of the event is only the custom data.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_custom_data(&self, user: &str, custom_data: Value) -> Result<()> {
        let data = custom_data.clone();
        let id = self.replace(user, |user| user.custom_data(custom_data))?;
        let params = [("userId", id.as_str())];
        self.live.send([answered(DATA, "PATCH", "/users/:userId/custom-data", &params, 200, data)]);
        Ok(())
    }

    /// Sets claims of a user's `profile` scope, such as `given_name`, as an administrator does. The `data` of the
    /// event is only the profile.
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
        self.live.send([answered(DATA, "PATCH", "/users/:userId/profile", &params, 200, data)]);
        Ok(())
    }

    /// Sets a claim of a user by its name in ID tokens and userinfo, as an administrator does: `name`, `picture`, `email`,
    /// `phone_number`, `address`, `custom_data` or any claim of the `profile` scope, such as `locale`. `null` removes it.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::Tenant;
    /// use serde_json::json;
    /// let tenant = Tenant::recorded().start().await?;
    /// tenant.users().set_claim("alice", "email", json!("alice@new.example"))?;
    /// tenant.users().set_claim("alice", "custom_data", json!({ "plan": "gold" }))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id), and [`Error::Claim`](crate::Error::Claim) for a value of another type, for an e-mail address
    /// or phone number of another user, and for a claim that is not the user's to set.
    pub fn set_claim(&self, user: &str, claim: &str, value: Value) -> Result<()> {
        let id = self.id(user)?;
        let wrong = |problem: &str| Error::Claim { claim: claim.to_owned(), problem: problem.to_owned() };
        let text = || match &value {
            Value::Null => Ok(None),
            Value::String(text) if !text.is_empty() => Ok(Some(text.clone())),
            _ => Err(wrong("it must be a JSON string that is not empty, or null")),
        };
        let taken = |is_taken: &dyn Fn(&User) -> bool| {
            self.live.shared.with_state(|state, _| {
                state.directory.users.iter().any(|known| known.id != id && is_taken(known))
            })
        };
        match claim {
            "custom_data" => {
                let data = if value.is_null() { Value::Object(Default::default()) } else { value };
                if !data.is_object() {
                    return Err(wrong("it must be a JSON object, or null"));
                }
                return self.set_custom_data(&id, data);
            }
            "name" => {
                let name = text()?;
                return self.change(&id, |user| User { name, ..user });
            }
            "picture" => {
                let picture = text()?;
                return self.change(&id, |user| User { picture, ..user });
            }
            "email" => {
                let email = text()?;
                if email.is_some() && taken(&|known| known.email == email) {
                    return Err(wrong("another user has this e-mail address"));
                }
                return self.change(&id, |user| User { email, ..user });
            }
            "phone_number" => {
                let phone = text()?;
                if phone.is_some() && taken(&|known| known.phone == phone) {
                    return Err(wrong("another user has this phone number"));
                }
                return self.change(&id, |user| User { phone, ..user });
            }
            "address" => {
                let address = Some(value).filter(|value| !value.is_null());
                if address.as_ref().is_some_and(|address| !address.is_object()) {
                    return Err(wrong("it must be a JSON object, or null"));
                }
                return self.change(&id, |user| User { address, ..user });
            }
            _ => {}
        }
        if claim.is_empty() || OF_THE_PROVIDER.contains(&claim) {
            return Err(wrong("the tenant sets this claim itself"));
        }
        if value.is_null() {
            return self.change(&id, |mut user| {
                user.profile.remove(claim);
                user
            });
        }
        self.set_profile(&id, [(claim, value)])
    }

    /// Sets a custom claim in the access tokens of one user, beside the claims of the tenant's
    /// [`JwtCustomizer`](crate::JwtCustomizer) and before them; `None` removes it. It counts from the next token on. No
    /// event is sent. Like a customizer, it cannot replace `iss`, `sub`, `aud`, `exp`, `iat`, `jti`, `scope` and
    /// `client_id`.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::Tenant;
    /// use serde_json::json;
    /// let tenant = Tenant::recorded().start().await?;
    /// tenant.users().set_custom_claim("alice", "plan", json!("gold"))?;
    /// tenant.users().set_custom_claim("alice", "plan", None)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id), and [`Error::Claim`](crate::Error::Claim) for a claim that cannot be replaced.
    pub fn set_custom_claim(&self, user: &str, claim: &str, value: impl Into<Option<Value>>) -> Result<()> {
        let value = value.into();
        if claim.is_empty() || PROTECTED.contains(&claim) {
            let problem = "access tokens have a value of the tenant's own for it".to_owned();
            return Err(Error::Claim { claim: claim.to_owned(), problem });
        }
        self.live.shared.with_state(|state, _| {
            let id = state.directory.find_user(user)?.id.clone();
            let claims = state.custom_claims.entry(id).or_default();
            match value {
                Some(value) => claims.insert(claim.to_owned(), value),
                None => claims.remove(claim),
            };
            Ok(())
        })
    }

    /// Sets a user's password, as an administrator does. The user's tokens and sessions stay valid.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let id = self.replace(user, |user| user.password(password))?;
        self.send_management_event(&id, DATA, "/users/:userId/password")
    }

    /// Changes a user's password as the user does through the Account API. Tokens and sessions stay valid. The event
    /// is that of [`change_own`](Self::change_own) and does not mention a password.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_own_password(&self, user: &str, password: impl Into<String>) -> Result<()> {
        let id = self.replace(user, |user| user.password(password))?;
        self.send_account_event(&id)
    }

    /// Resets a forgotten password as the user does on the sign-in pages. Tokens and sessions stay
    /// valid. `User.Data.Updated` is sent first, then `PostResetPassword`.
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
        self.live.send(events);
        Ok(())
    }

    /// Creates a personal access token for token exchange. It can be used repeatedly.
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn personal_access_token(&self, user: &str) -> Result<String> {
        self.subject_token(user, "pat", None)
    }

    /// Creates an impersonation token, which is valid for one token exchange within ten minutes.
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

    /// Keeps an access token of an identity provider for a user, as Logto does for a connector with token storage when a
    /// user signs in with it. `target` is the provider's name, such as `github`, or the id of an enterprise connector. It
    /// replaces the last one; `None` removes it.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{ProviderToken, Tenant};
    /// let tenant = Tenant::recorded().start().await?;
    /// tenant.users().set_provider_token("alice", "github", ProviderToken::new("gho_1").scope("repo"))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`id`](Self::id).
    pub fn set_provider_token(
        &self,
        user: &str,
        target: impl Into<String>,
        token: impl Into<Option<ProviderToken>>,
    ) -> Result<()> {
        let token = token.into();
        self.live.shared.with_state(|state, now| {
            let key = (state.directory.find_user(user)?.id.clone(), target.into());
            match token {
                Some(token) => state.account.provider_tokens.insert(key, token.stored(now)),
                None => state.account.provider_tokens.remove(&key),
            };
            Ok(())
        })
    }

    /// Ends a user's sessions and grants, as a maintenance script would. No logout token is sent.
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

    fn send_suspension(&self, user: &str) -> Result<()> {
        self.send_management_event(user, "User.SuspensionStatus.Updated", "/users/:userId/is-suspended")
    }

    fn send_management_event(&self, user: &str, event: &'static str, route: &'static str) -> Result<()> {
        let (id, data) = self.live.shared.with_state(|state, _| {
            let user = state.directory.find_user(user)?;
            Ok((user.id.clone(), managed_entity(user)))
        })?;
        self.live.send([answered(event, "PATCH", route, &[("userId", &id)], 200, data)]);
        Ok(())
    }

    fn send_account_event(&self, user: &str) -> Result<()> {
        let event =
            self.live.shared.with_state(|state, _| state.directory.find_user(user).map(Event::own_change))?;
        self.live.send([event]);
        Ok(())
    }

    /// Replaces a user and returns the id.
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

/// Makes a user a member with exactly these roles. Returns whether the user was a member already.
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
