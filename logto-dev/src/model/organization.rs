//! Organizations, and the roles that people and machines have in them.

use super::strings;
use crate::random;

/// An organization of the tenant.
///
/// ```
/// use logto_dev::Organization;
/// let acme = Organization::new("acme", "Acme").description("Makes everything");
/// # let _ = acme;
/// ```
#[derive(Clone, Debug)]
pub struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

impl Organization {
    /// An organization with the id that tokens carry, and a name for people.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: None }
    }

    /// What the organization is; shown by userinfo.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// A role inside organizations: the same roles exist in each of them.
///
/// ```
/// use logto_dev::OrganizationRole;
/// let admin = OrganizationRole::new("admin")
///     .organization_scopes(["invite:member", "manage:billing"])
///     .scopes("https://shopping.your-app.com/api", ["delete:orders"]);
/// # let _ = admin;
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationRole {
    /// Webhooks tell of it by this, whatever the name becomes.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization_scopes: Vec<String>,
    pub(crate) scopes: Vec<(String, Vec<String>)>,
}

impl OrganizationRole {
    /// A role that gives nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let id = random::stable_id("organization role", &name, 21);
        Self { id, name, organization_scopes: Vec::new(), scopes: Vec::new() }
    }

    /// Gives organization scopes. Organization tokens list them in this order.
    #[must_use]
    pub fn organization_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.organization_scopes.extend(strings(scopes));
        self
    }

    /// Gives scopes of an API resource, inside the organization.
    #[must_use]
    pub fn scopes<I>(mut self, resource: impl Into<String>, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes.push((resource.into(), strings(scopes)));
        self
    }
}
