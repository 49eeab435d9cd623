//! What a user or a machine may do: API scopes, and what they may do in organizations.

use crate::session::TokenTarget;
use crate::types::{OrganizationId, ResourceIndicator, Scopes};

/// Scopes by API resource.
#[derive(Debug, Clone, Default)]
struct ApiScopes(Vec<(Resource, Scopes)>);

/// An API resource of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Resource {
    /// The only one in the application's settings.
    Sole,
    Named(ResourceIndicator),
}

impl ApiScopes {
    fn grant(&mut self, resource: Resource, scopes: &str) {
        let index = self.0.iter().position(|(known, _)| *known == resource);
        let index = index.unwrap_or_else(|| {
            self.0.push((resource, Scopes::default()));
            self.0.len() - 1
        });
        if let Some((_, held)) = self.0.get_mut(index) {
            Scopes::parse(scopes).iter().for_each(|scope| held.insert(scope));
        }
    }

    fn add_to(&self, scopes: &mut Scopes, resource: &ResourceIndicator) {
        let granted = self.0.iter().filter(|(of, _)| *of == Resource::Named(resource.clone()));
        granted.flat_map(|(_, scopes)| scopes.iter()).for_each(|scope| scopes.insert(scope));
    }

    fn resolve(&mut self, sole: Option<&ResourceIndicator>) -> Result<(), String> {
        for (resource, scopes) in &mut self.0 {
            if *resource == Resource::Sole {
                let Some(sole) = sole else {
                    return Err(format!(
                        "the scopes `{scopes}` are for no API resource: the setting `resources` has none, or several; name one with `scopes_for`"
                    ));
                };
                *resource = Resource::Named(sole.clone());
            }
        }
        Ok(())
    }
}

/// What a member of an organization may do there.
#[derive(Debug, Clone)]
struct Membership {
    organization: OrganizationId,
    roles: Vec<String>,
    scopes: Scopes,
    api: ApiScopes,
}

/// What a user or a machine may do.
#[derive(Debug, Clone, Default)]
pub(super) struct Permissions {
    api: ApiScopes,
    memberships: Vec<Membership>,
}

impl Permissions {
    /// Scopes of the application's only API resource.
    pub(super) fn grant(&mut self, scopes: &str) {
        self.api.grant(Resource::Sole, scopes);
    }

    pub(super) fn grant_for(&mut self, resource: &str, scopes: &str) {
        self.api.grant(Resource::Named(ResourceIndicator::new(resource)), scopes);
    }

    pub(super) fn join(&mut self, organization: OrganizationId, roles: impl IntoIterator<Item = String>) {
        self.membership(organization).roles.extend(roles);
    }

    /// Organization scopes.
    pub(super) fn grant_in(&mut self, organization: OrganizationId, scopes: &str) {
        let held = &mut self.membership(organization).scopes;
        Scopes::parse(scopes).iter().for_each(|scope| held.insert(scope));
    }

    /// Scopes of the application's only API resource, by a role in the organization.
    pub(super) fn grant_api_in(&mut self, organization: OrganizationId, scopes: &str) {
        self.membership(organization).api.grant(Resource::Sole, scopes);
    }

    fn membership(&mut self, organization: OrganizationId) -> &mut Membership {
        let known = self.memberships.iter().position(|one| one.organization == organization);
        let index = known.unwrap_or(self.memberships.len());
        if known.is_none() {
            let (roles, scopes, api) = (Vec::new(), Scopes::default(), ApiScopes::default());
            self.memberships.push(Membership { organization, roles, scopes, api });
        }
        &mut self.memberships[index]
    }

    /// Puts the application's only API resource in where none was named.
    ///
    /// # Errors
    ///
    /// What to do, if the application has not exactly one.
    pub(super) fn resolve(mut self, sole: Option<&ResourceIndicator>) -> Result<Self, String> {
        self.api.resolve(sole)?;
        for membership in &mut self.memberships {
            membership.api.resolve(sole)?;
        }
        Ok(self)
    }

    /// The ids of the organizations.
    pub(super) fn organizations(&self) -> impl Iterator<Item = &OrganizationId> {
        self.memberships.iter().map(|membership| &membership.organization)
    }

    /// `<organization id>:<role name>`, as in ID tokens.
    pub(super) fn organization_roles(&self) -> impl Iterator<Item = String> {
        let named = |membership: &Membership| {
            let id = membership.organization.clone();
            membership.roles.clone().into_iter().map(move |role| format!("{id}:{role}"))
        };
        self.memberships.iter().flat_map(named)
    }

    /// The scopes of an access token, as Logto gives them: a plain API token has those of roles in organizations too,
    /// an organization-level API token has those of roles in the tenant too. `None` without a membership.
    pub(super) fn scopes_of(&self, target: &TokenTarget) -> Option<Scopes> {
        let mut scopes = Scopes::default();
        let member_of = |id: &OrganizationId| self.memberships.iter().find(|one| one.organization == *id);
        match (&target.resource, &target.organization) {
            (None, None) => {}
            (Some(resource), None) => {
                self.api.add_to(&mut scopes, resource);
                self.memberships.iter().for_each(|one| one.api.add_to(&mut scopes, resource));
            }
            (None, Some(organization)) => scopes = member_of(organization)?.scopes.clone(),
            (Some(resource), Some(organization)) => {
                self.api.add_to(&mut scopes, resource);
                member_of(organization)?.api.add_to(&mut scopes, resource);
            }
        }
        Some(scopes)
    }

    /// The API resources that scopes were granted for.
    pub(super) fn resources(&self) -> Vec<ResourceIndicator> {
        let all = std::iter::once(&self.api).chain(self.memberships.iter().map(|one| &one.api));
        let mut resources = Vec::new();
        for (resource, _) in all.flat_map(|api| &api.0) {
            if let Resource::Named(resource) = resource
                && !resources.contains(resource)
            {
                resources.push(resource.clone());
            }
        }
        resources
    }
}

/// The organization with this id.
///
/// # Panics
///
/// If no organization can have it.
#[track_caller]
pub(super) fn organization_id(id: &str) -> OrganizationId {
    match OrganizationId::new(id) {
        Some(id) => id,
        None => panic!(
            "`{}` cannot be an organization id: write 1 to 128 ASCII letters, digits, `-` and `_`",
            id.escape_debug()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "https://a.example/api";

    fn target(resource: Option<&str>, organization: Option<&str>) -> TokenTarget {
        TokenTarget {
            resource: resource.map(ResourceIndicator::new),
            organization: organization.and_then(OrganizationId::new),
        }
    }

    #[test]
    fn tokens_have_the_scopes_that_logto_gives() {
        let acme = || OrganizationId::new("acme").expect("an id");
        let mut permissions = Permissions::default();
        permissions.grant("read");
        permissions.grant_for("https://b.example/api", "ping");
        permissions.grant_in(acme(), "invite");
        permissions.grant_api_in(acme(), "delete");
        let permissions = permissions.resolve(Some(&ResourceIndicator::new(API))).expect("one resource");
        let scopes = |resource, organization| {
            permissions.scopes_of(&target(resource, organization)).map(|scopes| scopes.to_string())
        };
        assert_eq!(scopes(Some(API), None).as_deref(), Some("read delete"));
        assert_eq!(scopes(None, Some("acme")).as_deref(), Some("invite"));
        assert_eq!(scopes(Some(API), Some("acme")).as_deref(), Some("read delete"));
        assert_eq!(scopes(Some("https://b.example/api"), None).as_deref(), Some("ping"));
        assert_eq!(scopes(Some(API), Some("globex")), None);
        assert_eq!(permissions.resources().len(), 2);
    }

    #[test]
    fn scopes_without_a_resource_are_refused() {
        let mut permissions = Permissions::default();
        permissions.grant("read");
        let problem = permissions.resolve(None).expect_err("no resource");
        assert!(problem.contains("`read`") && problem.contains("scopes_for"), "{problem}");
    }
}
