//! The users, applications and permissions of a tenant, with look-ups.

use super::{
    ApiResource, Application, ApplicationKind, Membership, Organization, OrganizationRole, Role, User,
};
use crate::{Error, Result};

/// A contradiction in the description of a tenant.
#[derive(Debug)]
pub(crate) struct Inconsistency {
    /// The kind and the name of what has the mistake.
    pub(crate) owner: (&'static str, String),
    /// The name in it that is wrong.
    pub(crate) name: String,
    pub(crate) message: String,
}

impl Inconsistency {
    pub(crate) fn into_error(self) -> Error {
        Error::Description(self.message)
    }
}

type Checked = std::result::Result<(), Inconsistency>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    pub(crate) users: Vec<User>,
    pub(crate) applications: Vec<Application>,
    pub(crate) organizations: Vec<Organization>,
    pub(crate) resources: Vec<ApiResource>,
    pub(crate) organization_scopes: Vec<String>,
    pub(crate) roles: Vec<Role>,
    pub(crate) organization_roles: Vec<OrganizationRole>,
    /// Claims that ID tokens have beside the usual ones.
    pub(crate) id_token_claims: Vec<String>,
}

/// A user or a machine-to-machine application, which can have roles.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) roles: &'a [String],
    pub(crate) memberships: &'a [Membership],
}

impl User {
    pub(crate) fn holder(&self) -> Holder<'_> {
        Holder { roles: &self.roles, memberships: &self.memberships }
    }
}

impl Application {
    pub(crate) fn holder(&self) -> Holder<'_> {
        Holder { roles: &self.roles, memberships: &self.memberships }
    }
}

impl Holder<'_> {
    pub(crate) fn is_member_of(&self, organization: &str) -> bool {
        self.memberships.iter().any(|membership| membership.organization == organization)
    }

    fn organization_roles(&self, organization: Option<&str>) -> impl Iterator<Item = &String> {
        self.memberships
            .iter()
            .filter(move |membership| organization.is_none_or(|wanted| membership.organization == wanted))
            .flat_map(|membership| &membership.roles)
    }
}

impl Directory {
    /// Whether there is no user and no application.
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.applications.is_empty()
    }

    pub(crate) fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.client_id == client_id)
    }

    /// The default application for tokens of users.
    pub(crate) fn first_application_of_people(&self) -> Option<&Application> {
        self.applications.iter().find(|known| known.kind != ApplicationKind::MachineToMachine)
    }

    pub(crate) fn resource(&self, indicator: &str) -> Option<&ApiResource> {
        self.resources.iter().find(|resource| resource.indicator == indicator)
    }

    /// A user by id, suspended or not.
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A user by id who is not suspended.
    pub(crate) fn active_user(&self, id: &str) -> Option<&User> {
        self.user(id).filter(|user| !user.suspended)
    }

    /// Whether a user may use an application.
    pub(crate) fn admits(&self, client_id: &str, user_id: &str) -> bool {
        match (self.application(client_id), self.user(user_id)) {
            (Some(application), Some(user)) => application.admits(user),
            _ => true,
        }
    }

    /// A user by username, e-mail address or id.
    pub(crate) fn find_user(&self, name: &str) -> Result<&User> {
        self.users.iter().find(|user| user.goes_by(name)).ok_or_else(|| Error::unknown("user", name))
    }

    pub(crate) fn find_user_mut(&mut self, name: &str) -> Result<&mut User> {
        self.users.iter_mut().find(|user| user.goes_by(name)).ok_or_else(|| Error::unknown("user", name))
    }

    /// The scopes of a resource that the holder has through any role: the tenant's and those of **every** organization.
    pub(crate) fn resource_scopes(&self, holder: Holder<'_>, resource: &str) -> Vec<String> {
        let by_role =
            self.roles.iter().filter(|role| holder.roles.contains(&role.name)).map(|role| &role.scopes);
        let by_organization = self.organization_grants(holder, None).map(|role| &role.scopes);
        self.in_resource_order(resource, by_role.chain(by_organization))
    }

    /// The scopes of a resource through the roles in one organization, which a machine has there.
    pub(crate) fn resource_scopes_in(
        &self,
        holder: Holder<'_>,
        organization: &str,
        resource: &str,
    ) -> Vec<String> {
        let by_organization = self.organization_grants(holder, Some(organization)).map(|role| &role.scopes);
        self.in_resource_order(resource, by_organization)
    }

    /// The scopes of a resource that a member has in an organization: those of the roles in it and those of the
    /// tenant's roles.
    pub(crate) fn resource_scopes_of_member(
        &self,
        holder: Holder<'_>,
        organization: &str,
        resource: &str,
    ) -> Vec<String> {
        let by_role =
            self.roles.iter().filter(|role| holder.roles.contains(&role.name)).map(|role| &role.scopes);
        let by_organization = self.organization_grants(holder, Some(organization)).map(|role| &role.scopes);
        self.in_resource_order(resource, by_role.chain(by_organization))
    }

    /// The scopes that a machine has for a resource through its own roles, not through its organizations.
    pub(crate) fn machine_scopes(&self, application: &Application, resource: &str) -> Vec<String> {
        let own = Holder { roles: &application.roles, memberships: &[] };
        self.resource_scopes(own, resource)
    }

    /// The organization scopes that the holder has in one organization.
    pub(crate) fn organization_scopes_in(&self, holder: Holder<'_>, organization: &str) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in
            self.organization_grants(holder, Some(organization)).flat_map(|role| &role.organization_scopes)
        {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        scopes
    }

    fn organization_grants<'a>(
        &'a self,
        holder: Holder<'a>,
        organization: Option<&'a str>,
    ) -> impl Iterator<Item = &'a OrganizationRole> {
        self.organization_roles
            .iter()
            .filter(move |role| holder.organization_roles(organization).any(|held| *held == role.name))
    }

    fn in_resource_order<'a>(
        &self,
        resource: &str,
        granted: impl Iterator<Item = &'a Vec<(String, Vec<String>)>>,
    ) -> Vec<String> {
        let held: Vec<&String> = granted
            .flatten()
            .filter(|(of_resource, _)| of_resource == resource)
            .flat_map(|(_, scopes)| scopes)
            .collect();
        let defined = self.resource(resource).map(|resource| resource.scopes.as_slice()).unwrap_or_default();
        defined.iter().filter(|scope| held.contains(scope)).cloned().collect()
    }

    /// Validates references to roles, scopes, API resources and organizations.
    pub(crate) fn check(&self) -> Checked {
        for role in &self.roles {
            self.check_scopes(("role", &role.name), &role.scopes)?;
        }
        for role in &self.organization_roles {
            let owner = ("organization role", role.name.as_str());
            self.check_scopes(owner, &role.scopes)?;
            for scope in &role.organization_scopes {
                exists(self.organization_scopes.contains(scope), owner, "organization scope", scope)?;
            }
        }
        for user in &self.users {
            self.check_holder(("user", &user.username), user.holder())?;
        }
        for application in &self.applications {
            self.check_holder(("application", &application.client_id), application.holder())?;
        }
        unique("user", self.users.iter().map(|user| &user.username))?;
        unique("user id", self.users.iter().map(|user| &user.id))?;
        unique("application", self.applications.iter().map(|application| &application.client_id))?;
        unique("organization", self.organizations.iter().map(|organization| &organization.id))?;
        unique("API resource", self.resources.iter().map(|resource| &resource.indicator))
    }

    fn check_scopes(&self, owner: Owner<'_>, scopes: &[(String, Vec<String>)]) -> Checked {
        for (indicator, scopes) in scopes {
            let resource = self.resource(indicator);
            exists(resource.is_some(), owner, "API resource", indicator)?;
            for scope in scopes {
                let defined = resource.is_some_and(|resource| resource.scopes.contains(scope));
                exists(defined, owner, "scope of that resource", scope)?;
            }
        }
        Ok(())
    }

    fn check_holder(&self, owner: Owner<'_>, holder: Holder<'_>) -> Checked {
        for name in holder.roles {
            exists(self.roles.iter().any(|role| role.name == *name), owner, "role", name)?;
        }
        for Membership { organization, roles } in holder.memberships {
            let known = self.organizations.iter().any(|known| known.id == *organization);
            exists(known, owner, "organization", organization)?;
            for name in roles {
                let known = self.organization_roles.iter().any(|role| role.name == *name);
                exists(known, owner, "organization role", name)?;
            }
        }
        Ok(())
    }
}

impl User {
    pub(crate) fn goes_by(&self, name: &str) -> bool {
        self.username == name || self.id == name || self.email.as_deref() == Some(name)
    }
}

/// The kind and the name of a part of the tenant.
type Owner<'a> = (&'static str, &'a str);

fn exists(known: bool, owner: Owner<'_>, kind: &str, name: &str) -> Checked {
    if known {
        return Ok(());
    }
    let (what, called) = owner;
    let message = format!("{what} `{called}` names the {kind} `{name}`, which the tenant does not have");
    Err(Inconsistency { owner: (what, called.to_owned()), name: name.to_owned(), message })
}

fn unique<'a>(kind: &'static str, names: impl Iterator<Item = &'a String>) -> Checked {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            let message = format!("the {kind} `{name}` is not unique");
            return Err(Inconsistency { owner: (kind, name.clone()), name: name.clone(), message });
        }
        seen.push(name);
    }
    Ok(())
}
