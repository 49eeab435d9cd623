//! The grants that the tenant of the tests has issued tokens for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::keys::opaque;
use super::permissions::Permissions;
use super::user::TestUser;
use crate::session::{RequestedAccess, TokenTarget};
use crate::types::Scopes;

/// What a user has granted the application at sign-in.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) user: TestUser,
    pub(super) requested: RequestedAccess,
}

impl Grant {
    /// The scopes of an access token: what the user may do, as far as the sign-in has requested it. `None` if the user is
    /// not a member of the organization.
    pub(super) fn scopes_of(&self, target: &TokenTarget) -> Option<Scopes> {
        let held = self.user.permissions.scopes_of(target)?;
        Some(held.iter().filter(|scope| self.requested.has_scope(scope)).collect())
    }
}

/// Whose bearer token an access token is: for exchanges.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    pub(super) subject: String,
    pub(super) permissions: Permissions,
}

#[derive(Default)]
pub(super) struct Grants(Mutex<Issued>);

#[derive(Default)]
struct Issued {
    by_refresh_token: HashMap<String, Arc<Grant>>,
    /// With the refresh token of each.
    by_opaque_token: HashMap<String, String>,
    bearers: HashMap<String, Bearer>,
}

impl Grants {
    /// Begins a grant. Returns its refresh token.
    pub(super) fn begin(&self, grant: Arc<Grant>) -> String {
        let refresh_token = opaque();
        self.issued().by_refresh_token.insert(refresh_token.clone(), grant);
        refresh_token
    }

    pub(super) fn of_refresh_token(&self, token: &str) -> Option<Arc<Grant>> {
        self.issued().by_refresh_token.get(token).cloned()
    }

    /// An opaque access token of a grant.
    pub(super) fn opaque_token(&self, refresh_token: &str) -> String {
        let token = opaque();
        self.issued().by_opaque_token.insert(token.clone(), refresh_token.to_owned());
        token
    }

    /// The grant of an opaque access token, unless it has ended.
    pub(super) fn of_opaque_token(&self, token: &str) -> Option<Arc<Grant>> {
        let issued = self.issued();
        issued.by_refresh_token.get(issued.by_opaque_token.get(token)?).cloned()
    }

    /// Ends a grant, and its opaque tokens with it.
    pub(super) fn revoke(&self, refresh_token: &str) {
        self.issued().by_refresh_token.remove(refresh_token);
    }

    pub(super) fn note_bearer(&self, token: &str, bearer: Bearer) {
        self.issued().bearers.insert(token.to_owned(), bearer);
    }

    pub(super) fn of_bearer(&self, token: &str) -> Option<Bearer> {
        self.issued().bearers.get(token).cloned()
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
