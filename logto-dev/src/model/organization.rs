//! Organizations and organization roles.

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
    /// An organization with this id and display name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: None }
    }

    /// The description, which userinfo returns.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// A role inside organizations. All organizations have the same roles.
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
    /// The id in webhooks, which does not change with the name.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization_scopes: Vec<String>,
    pub(crate) scopes: Vec<(String, Vec<String>)>,
}

impl OrganizationRole {
    /// A role without scopes.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let id = random::stable_id("organization role", &name, 21);
        Self { id, name, organization_scopes: Vec::new(), scopes: Vec::new() }
    }

    /// Adds organization scopes. Organization tokens list them in this order.
    #[must_use]
    pub fn organization_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.organization_scopes.extend(strings(scopes));
        self
    }

    /// Adds scopes of an API resource inside the organization.
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
