//! The users of a tenant.

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::{Membership, strings};
use crate::account::{HeldFactor, MfaFactor};
use crate::{clock::epoch_ms, random};

/// A user who can sign in.
///
/// ```
/// use logto_dev::User;
/// use serde_json::json;
/// let alice = User::new("alice")
///     .password("Alice-Pass-2026")
///     .name("Alice Example")
///     .email("alice@example.com")
///     .profile("locale", "fr-FR")
///     .role("shop-user")
///     .member_of("acme", ["admin"])
///     .custom_data(json!({ "plan": "gold" }));
/// # let _ = alice;
/// ```
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) password: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) address: Option<Value>,
    pub(crate) profile: Map<String, Value>,
    pub(crate) custom_data: Value,
    pub(crate) identities: Value,
    pub(crate) factors: Vec<HeldFactor>,
    pub(crate) roles: Vec<String>,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) created_at: Option<i64>,
    pub(crate) updated_at: Option<i64>,
    pub(crate) last_sign_in_at: Option<i64>,
    /// The application that the user first signed in to.
    pub(crate) first_application: Option<String>,
    pub(crate) suspended: bool,
}

impl User {
    /// A user with only a username. The id is derived from the username, so it is the same in every run.
    pub fn new(username: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            id: random::stable_id("user", &username, 12),
            username,
            password: None,
            name: None,
            picture: None,
            email: None,
            phone: None,
            address: None,
            profile: Map::new(),
            custom_data: Value::Object(Map::new()),
            identities: Value::Object(Map::new()),
            factors: Vec::new(),
            roles: Vec::new(),
            memberships: Vec::new(),
            created_at: None,
            updated_at: None,
            last_sign_in_at: None,
            first_application: None,
            suspended: false,
        }
    }

    /// Changes the username, but not the id.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = username.into();
        self
    }

    /// The id: the `sub` of every token.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The password for the form of the sign-in page. The page's buttons and the headless browser need none.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The name, for the `profile` scope; `null` in tokens when unset.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The picture's URL, for the `profile` scope; `null` in tokens when unset.
    #[must_use]
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }

    /// The e-mail address, verified; `null` in tokens when unset.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// The phone number, verified, digits only as in Logto; `null` in tokens when unset.
    #[must_use]
    pub fn phone(mut self, digits: impl Into<String>) -> Self {
        self.phone = Some(digits.into());
        self
    }

    /// The address object, for the `address` scope; absent from tokens when unset.
    #[must_use]
    pub fn address(mut self, address: Value) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds a claim of the `profile` scope, such as `given_name` or `locale`; absent from tokens when unset.
    #[must_use]
    pub fn profile(mut self, claim: impl Into<String>, value: impl Into<Value>) -> Self {
        self.profile.insert(claim.into(), value.into());
        self
    }

    /// The custom data, which userinfo returns for the `custom_data` scope.
    #[must_use]
    pub fn custom_data(mut self, data: Value) -> Self {
        self.custom_data = data;
        self
    }

    /// The social identities, keyed by target, which userinfo returns for the `identities` scope.
    #[must_use]
    pub fn identities(mut self, identities: Value) -> Self {
        self.identities = identities;
        self
    }

    /// Adds a factor of multi-factor authentication, which the Account API lists.
    #[must_use]
    pub fn mfa_factor(mut self, factor: MfaFactor) -> Self {
        self.factors.push(HeldFactor::new(factor));
        self
    }

    /// Assigns a role of the tenant.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Makes the user a member of an organization with these roles.
    #[must_use]
    pub fn member_of<I>(mut self, organization: impl Into<String>, roles: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.memberships.push(Membership { organization: organization.into(), roles: strings(roles) });
        self
    }

    /// When the account was created; default: the start of the tenant.
    #[must_use]
    pub fn created_at(mut self, at: SystemTime) -> Self {
        self.created_at = Some(epoch_ms(at));
        self
    }

    /// Suspends the user, who can then neither sign in nor use tokens.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }

    /// The username as in Logto's APIs: an account can do without one.
    pub(crate) fn username_or_null(&self) -> Value {
        if self.username.is_empty() { Value::Null } else { self.username.as_str().into() }
    }
}
