//! The application as a client of the tenant that users sign in to (OpenID Connect Core §1.2).

use std::sync::Arc;

use super::provider::Provider;
use crate::config::WebAppConfig;
use crate::telemetry::AuditSubjects;

/// What an application needs of the tenant for sign-ins and for the tokens of sessions. An API alone has none.
pub(crate) struct RelyingParty {
    pub(super) provider: Arc<Provider>,
    pub(super) config: Arc<WebAppConfig>,
}

impl RelyingParty {
    pub(crate) fn new(provider: Arc<Provider>, config: Arc<WebAppConfig>) -> Self {
        RelyingParty { provider, config }
    }

    /// Hashes the tenant's subjects for audit events.
    pub(crate) fn audit_subjects(&self) -> &AuditSubjects {
        self.provider.audit_subjects()
    }
}
