//! What an application under test has in its managed state.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use figment::value::Value;

use super::settings::{app_id_of, under_test};
use super::tenant::Tenant;
use crate::clock::Clock;
use crate::oidc::Transport;

/// The tenant of the tests, and the clock of the application. Only an application whose settings come from this module has
/// it.
#[derive(Clone)]
pub(crate) struct TestState {
    tenant: Arc<Tenant>,
    /// In seconds.
    ahead: Arc<AtomicU64>,
    clock: Clock,
    settings: Value,
}

impl TestState {
    /// Where the application believes to listen, if its settings have no `public_url`.
    pub(crate) const PORT: u16 = 8000;

    /// `None` if the settings name no tenant of the tests.
    pub(crate) fn of(settings: Option<&Value>, clock: &Clock) -> Result<Option<Self>, String> {
        let Some(settings) = settings.and_then(under_test) else { return Ok(None) };
        let ahead = Arc::new(AtomicU64::new(0));
        let clock = {
            let (own, ahead) = (clock.clone(), Arc::clone(&ahead));
            Clock::new(move || {
                own.now().plus(Duration::from_secs(ahead.load(Ordering::Relaxed))).to_system_time()
            })
        };
        let tenant = Arc::new(Tenant::new(app_id_of(&settings), clock.clone())?);
        Ok(Some(TestState { tenant, ahead, clock, settings }))
    }

    /// The settings with which the application runs.
    pub(crate) fn settings(&self) -> &Value {
        &self.settings
    }

    /// What responds in place of the network.
    pub(crate) fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.tenant) as Arc<dyn Transport>
    }

    /// The application's own clock, which [`advance`](super::advance) moves.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(super) fn advance(&self, by: Duration) {
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ahead| {
            Some(ahead.saturating_add(by.as_secs()))
        });
    }
}
