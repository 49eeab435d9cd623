//! A user who is signed in, for one test.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::bearer::TestBearer;
use super::permissions::{Permissions, organization_id};
use crate::guard::SessionValue;
use crate::types::OrganizationId;

/// A user in a test, with a session or with a bearer token: what they may do, and in which state their session is.
///
/// `request.signed_in_as(user)` gives a request this user's session; see [`TestRequest`](super::TestRequest).
///
/// ```
/// use std::time::Duration;
/// use logto_rocket::testing::TestUser;
///
/// let alice = TestUser::new("alice")
///     .name("Alice Example")
///     .scopes("read:orders write:orders")
///     .roles(["shop-user"])
///     .organization("acme", ["admin"])
///     .organization_scopes("acme", "invite:member");
/// let stale = alice.clone().signed_in_ago(Duration::from_secs(3600));
/// # let _ = stale;
/// ```
///
/// Tokens and claims have what a real Logto would put into them: an API scope that neither a guard nor the settings
/// name is not requested at sign-in, and so is not granted, whatever the user may do.
#[derive(Debug, Clone)]
#[must_use = "it is signed in by `request.signed_in_as(..)`"]
pub struct TestUser {
    pub(super) subject: String,
    pub(super) permissions: Permissions,
    pub(super) roles: Vec<String>,
    pub(super) claims: Map<String, Value>,
    pub(super) userinfo: Map<String, Value>,
    pub(super) token_claims: Map<String, Value>,
    pub(super) data: Vec<(&'static str, String)>,
    pub(super) current_organization: Option<OrganizationId>,
    pub(super) signed_in_ago: Duration,
    pub(super) state: SessionState,
    /// The access tokens and the roles have expired.
    pub(super) tokens_expired: bool,
    pub(super) has_refresh_token: bool,
}

/// In which state the session is when it is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionState {
    Active,
    /// Past its idle and its absolute limit.
    Expired,
    /// Ended from elsewhere.
    Ended,
}

impl TestUser {
    /// A user with this Logto id (`sub`), who may do nothing yet and has signed in this moment.
    pub fn new(subject: impl Into<String>) -> Self {
        TestUser {
            subject: subject.into(),
            permissions: Permissions::default(),
            roles: Vec::new(),
            claims: Map::new(),
            userinfo: Map::new(),
            token_claims: Map::new(),
            data: Vec::new(),
            current_organization: None,
            signed_in_ago: Duration::ZERO,
            state: SessionState::Active,
            tokens_expired: false,
            has_refresh_token: true,
        }
    }

    /// Adds scopes of the application's only API resource, separated by spaces. An application with several names one:
    /// [`scopes_for`](Self::scopes_for).
    pub fn scopes(mut self, scopes: &str) -> Self {
        self.permissions.grant(scopes);
        self
    }

    /// Adds scopes of an API resource, separated by spaces. It need not be in the settings: Logto grants nothing for one
    /// that the sign-in does not request.
    pub fn scopes_for(mut self, resource: &str, scopes: &str) -> Self {
        self.permissions.grant_for(resource, scopes);
        self
    }

    /// Adds user roles, by name. A role gives no scopes here: name these with [`scopes`](Self::scopes).
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Makes the user a member of an organization, with these organization roles.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id.
    #[track_caller]
    pub fn organization<R: Into<String>>(mut self, id: &str, roles: impl IntoIterator<Item = R>) -> Self {
        self.permissions.join(organization_id(id), roles.into_iter().map(Into::into));
        self
    }

    /// Adds organization scopes, which the user has in this organization. Makes the user a member.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id.
    #[track_caller]
    pub fn organization_scopes(mut self, id: &str, scopes: &str) -> Self {
        self.permissions.grant_in(organization_id(id), scopes);
        self
    }

    /// Adds scopes of the application's only API resource, which the user has by a role in this organization. Makes the
    /// user a member.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id.
    #[track_caller]
    pub fn organization_api_scopes(mut self, id: &str, scopes: &str) -> Self {
        self.permissions.grant_api_in(organization_id(id), scopes);
        self
    }

    /// The organization that the user has chosen to work in ([`User::switch_organization`](crate::User::switch_organization)).
    /// Without this, it is the only one of which the user is a member.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id.
    #[track_caller]
    pub fn current_organization(mut self, id: &str) -> Self {
        self.current_organization = Some(organization_id(id));
        self
    }

    /// The claim `name`.
    pub fn name(self, name: &str) -> Self {
        self.claim("name", name)
    }

    /// The claims `email` and `email_verified`. They reach the application if its sign-in requests the scope `email`.
    pub fn email(self, email: &str) -> Self {
        self.claim("email", email).claim("email_verified", true)
    }

    /// The claim `username`.
    pub fn username(self, username: &str) -> Self {
        self.claim("username", username)
    }

    /// A claim of the ID token and of the userinfo endpoint, standard or custom. A claim that belongs to a scope, such as
    /// `phone_number`, reaches the application if its sign-in requests the scope.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// A claim of the userinfo endpoint alone, such as `custom_data` in a tenant with Logto's own settings.
    pub fn userinfo(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.userinfo.insert(name.to_owned(), value.into());
        self
    }

    /// A custom claim of the user's access tokens.
    pub fn token_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.token_claims.insert(name.to_owned(), value.into());
        self
    }

    /// What the application keeps in the session, as [`SessionData`](crate::SessionData).
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[track_caller]
    pub fn session_data<T: SessionValue>(mut self, value: &T) -> Self {
        self.data.push((T::NAME, json(value)));
        self
    }

    /// The sign-in was so long ago, and the session has been in use since: for step-up (`max_age`). The session has
    /// expired if this is longer than the setting `session_absolute`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use logto_rocket::testing::TestUser;
    ///
    /// let stale = TestUser::new("alice").signed_in_ago(Duration::from_secs(3600));
    /// # let _ = stale;
    /// ```
    pub fn signed_in_ago(mut self, ago: Duration) -> Self {
        self.signed_in_ago = ago;
        self
    }

    /// The session is past the settings `session_idle` and `session_absolute`. Its cookies are still sent.
    pub fn expired(mut self) -> Self {
        self.state = SessionState::Expired;
        self
    }

    /// The session was ended from elsewhere: from another device, by Logto, or by the application. Its cookies are still
    /// sent.
    pub fn ended(mut self) -> Self {
        self.state = SessionState::Ended;
        self
    }

    /// The session's access tokens have expired, and its roles are as old as the session, so that what needs them asks
    /// Logto: see [`logto_is_down`](super::logto_is_down). Without a refresh token
    /// ([`without_refresh_token`](Self::without_refresh_token)) Logto is not asked, and what needs them is refused.
    pub fn tokens_expired(mut self) -> Self {
        self.tokens_expired = true;
        self
    }

    /// Logto has issued no refresh token at sign-in, so the session holds no access token for an API, and gets none.
    pub fn without_refresh_token(mut self) -> Self {
        self.has_refresh_token = false;
        self
    }

    /// The same user with an access token of another application in the `Authorization` header, and without a session.
    pub fn bearer(self) -> TestBearer {
        TestBearer::of_user(self.subject, self.permissions, self.token_claims)
    }
}

/// # Panics
///
/// If the value cannot be written as JSON.
#[track_caller]
pub(super) fn json<T: Serialize>(value: &T) -> String {
    match serde_json::to_string(value) {
        Ok(json) => json,
        Err(error) => panic!("the session data cannot be written as JSON: {error}"),
    }
}
