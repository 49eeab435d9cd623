//! What the keys say.

use super::entry::Written;
use super::function::Function;
use super::names::NameList;
use super::organization::Organization;
use super::resource::Resource;
use syn::{Ident, Path};

/// The values of the keys. A key with a wrong value is absent here and has a problem.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) scopes: Option<NameList>,
    pub(crate) any_scope: Option<NameList>,
    pub(crate) roles: Option<NameList>,
    pub(crate) any_role: Option<NameList>,
    pub(crate) resource: Option<Resource>,
    pub(crate) organization: Option<Written<Organization>>,
    pub(crate) via: Option<Written<Via>>,
    pub(crate) subject: Option<Written<Subject>>,
    /// The applications whose bearer tokens are accepted.
    pub(crate) clients: Option<NameList>,
    /// In seconds.
    pub(crate) max_age: Option<Written<u64>>,
    pub(crate) check: Option<Function>,
    pub(crate) otherwise: Option<Written<Otherwise>>,
    /// Whether a request to the item counts as use of the session. `None` counts as `true`.
    pub(crate) keep_alive: Option<bool>,
    pub(crate) sign_in: Option<Written<SignIn>>,
    pub(crate) param: Option<Ident>,
    /// The path of the runtime crate, if it is not `::logto_rocket`.
    pub(crate) runtime: Option<Path>,
    /// All keys that were written, also those with wrong values: a wrong key does not count as omitted.
    given: Vec<Ident>,
}

impl Args {
    /// Notes that a key was written.
    pub(super) fn note(&mut self, key: &Ident) {
        self.given.push(key.clone());
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}

/// The credential that a route accepts if it accepts only one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Session,
    Bearer,
}

/// The kind of caller that a route accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    User,
    Machine,
    Any,
}

/// What happens to an anonymous caller instead of the usual refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    Forward,
}

/// Which sign-in a public route begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    Silent,
}
