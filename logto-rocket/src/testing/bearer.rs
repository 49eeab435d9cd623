//! An access token in the `Authorization` header, for one test.

use std::time::Duration;

use serde_json::{Map, Value};

use super::permissions::{Permissions, organization_id};
use crate::types::{OrganizationId, ResourceIndicator};

/// An access token that a client sends in the `Authorization` header. Made by [`TestUser::bearer`](super::TestUser::bearer)
/// and [`TestMachine::bearer`].
///
/// Without further calls it is for the application's only API resource.
///
/// ```
/// use logto_rocket::testing::TestUser;
///
/// let alice = TestUser::new("alice").scopes("read:orders").organization("acme", ["admin"]);
/// let plain = alice.clone().bearer();
/// let in_acme = alice.clone().bearer().organization("acme");
/// let of_acme_alone = alice.clone().bearer().organization_token("acme");
/// let expired = alice.clone().bearer().expired();
/// let of_somebody_else = alice.bearer().another_tenant();
/// # let _ = (plain, in_acme, of_acme_alone, expired, of_somebody_else);
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is sent by `request.signed_in_as(..)`"]
pub struct TestBearer {
    pub(super) subject: String,
    /// `None`: one whose tokens the application takes.
    pub(super) client_id: Option<String>,
    pub(super) permissions: Permissions,
    pub(super) claims: Map<String, Value>,
    pub(super) resource: Option<ResourceIndicator>,
    pub(super) organization: Option<OrganizationId>,
    pub(super) is_organization_token: bool,
    pub(super) issued_ago: Duration,
    pub(super) is_of_another_tenant: bool,
}

/// How long access tokens live.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(3600);
/// More than the setting `clock_leeway` may be.
const LONG_AGO: Duration = Duration::from_secs(24 * 3600);

impl TestBearer {
    pub(super) fn of_user(subject: String, permissions: Permissions, claims: Map<String, Value>) -> Self {
        TestBearer {
            subject,
            client_id: None,
            permissions,
            claims,
            resource: None,
            organization: None,
            is_organization_token: false,
            issued_ago: Duration::ZERO,
            is_of_another_tenant: false,
        }
    }

    /// For this API resource. It need not be one of the settings: a token for another API is refused.
    pub fn resource(mut self, indicator: &str) -> Self {
        self.resource = Some(ResourceIndicator::new(indicator));
        self
    }

    /// For the API resource inside this organization: an organization-level API token.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id. The request panics if the user is no member.
    #[track_caller]
    pub fn organization(mut self, id: &str) -> Self {
        (self.organization, self.is_organization_token) = (Some(organization_id(id)), false);
        self
    }

    /// For this organization and no API resource: an organization token.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id. The request panics if the user is no member.
    #[track_caller]
    pub fn organization_token(mut self, id: &str) -> Self {
        (self.organization, self.is_organization_token) = (Some(organization_id(id)), true);
        self
    }

    /// The application that the token was issued to (`client_id`). Without this it is one whose tokens the setting
    /// `bearer_clients` accepts. A machine's token is issued to the machine.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// A claim of the token, in place of any other value: `auth_time`, `act`, a custom one.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// It was issued so long ago. A token lives for an hour.
    pub fn issued_ago(mut self, ago: Duration) -> Self {
        self.issued_ago = ago;
        self
    }

    /// It has expired.
    pub fn expired(self) -> Self {
        self.issued_ago(TOKEN_LIFE + LONG_AGO)
    }

    /// It was issued by another tenant, with other keys.
    pub fn another_tenant(mut self) -> Self {
        self.is_of_another_tenant = true;
        self
    }
}

/// A machine-to-machine application that calls the application under test.
///
/// ```
/// use logto_rocket::testing::TestMachine;
///
/// let nightly = TestMachine::new("nightly-report").scopes("read:orders");
/// let in_acme = TestMachine::new("nightly-report").organization_scopes("acme", "invite:member").bearer().organization_token("acme");
/// # let _ = (nightly, in_acme);
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is signed in by `request.signed_in_as(..)`"]
pub struct TestMachine {
    app_id: String,
    permissions: Permissions,
}

impl TestMachine {
    /// The machine-to-machine application with this id, which may do nothing yet.
    pub fn new(app_id: impl Into<String>) -> Self {
        TestMachine { app_id: app_id.into(), permissions: Permissions::default() }
    }

    /// Adds scopes of the application's only API resource, separated by spaces.
    pub fn scopes(mut self, scopes: &str) -> Self {
        self.permissions.grant(scopes);
        self
    }

    /// Adds scopes of an API resource, separated by spaces.
    pub fn scopes_for(mut self, resource: &str, scopes: &str) -> Self {
        self.permissions.grant_for(resource, scopes);
        self
    }

    /// Adds organization scopes, which the machine has in this organization. Makes it a member.
    ///
    /// # Panics
    ///
    /// If `id` cannot be an organization id.
    #[track_caller]
    pub fn organization_scopes(mut self, id: &str, scopes: &str) -> Self {
        self.permissions.grant_in(organization_id(id), scopes);
        self
    }

    /// Its access token, to be changed further.
    pub fn bearer(self) -> TestBearer {
        let client_id = Some(self.app_id.clone());
        TestBearer { client_id, ..TestBearer::of_user(self.app_id, self.permissions, Map::new()) }
    }
}
