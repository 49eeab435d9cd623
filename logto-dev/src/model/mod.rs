//! The parts of a tenant: users, applications, organizations, API resources, roles.

mod application;
mod directory;
mod organization;
mod resource;
mod user;

pub use application::Application;
pub use organization::{Organization, OrganizationRole};
pub use resource::{ApiResource, Role};
pub use user::User;

pub(crate) use application::ApplicationKind;
pub(crate) use directory::{Directory, Inconsistency};

/// The membership in an organization with its roles.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) organization: String,
    pub(crate) roles: Vec<String>,
}

pub(crate) fn strings<I>(items: I) -> Vec<String>
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    items.into_iter().map(Into::into).collect()
}
