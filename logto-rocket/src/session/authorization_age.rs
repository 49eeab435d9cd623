//! The maximum age of scopes and roles when a request is authorized: by the settings, and by the changes that Logto
//! reports.

use std::sync::Arc;
use std::time::Duration;

use super::revocations::Revocations;
use super::store::StoreError;
use crate::clock::{Clock, UnixTime};
use crate::config::AuthorizationAges;
use crate::types::OrganizationId;

/// How young scopes and roles must be.
pub(crate) struct Ages {
    limits: AuthorizationAges,
    revocations: Arc<Revocations>,
    clock: Clock,
}

impl Ages {
    pub(super) fn new(limits: AuthorizationAges, revocations: Arc<Revocations>, clock: Clock) -> Self {
        Ages { limits, revocations, clock }
    }

    /// The scopes of an access token count if the token was requested later than this.
    pub(crate) async fn scopes_count_after(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<Option<UnixTime>, StoreError> {
        Ok(self.scopes_count_after_by_age().max(self.revocations.changed(organization).await?))
    }

    /// The same by the settings alone.
    pub(crate) fn scopes_count_after_by_age(&self) -> Option<UnixTime> {
        self.limits.scopes.map(|longest| self.ago(longest))
    }

    /// Whether Logto reports changes of permissions, so that the store has to be asked for them.
    pub(crate) fn changes_are_reported(&self) -> bool {
        self.revocations.permissions_are_marked()
    }

    /// Roles count if they were requested later than this.
    pub(crate) async fn roles_count_after(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<UnixTime, StoreError> {
        let by_age = self.ago(self.limits.roles);
        Ok(self.revocations.changed(organization).await?.map_or(by_age, |changed| changed.max(by_age)))
    }

    fn ago(&self, age: Duration) -> UnixTime {
        self.clock.now().minus(age)
    }
}
