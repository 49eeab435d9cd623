//! What an application under test has in its managed state.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use figment::value::Value;

use super::settings::{app_id_of, under_test};
use super::tenant::Tenant;
use crate::clock::Clock;
use crate::config::{Config, RocketEnv};
use crate::guard::hooks::Hooks;
use crate::logto::Logto;
use crate::oidc::Transport;
use crate::session::store::{MemoryStore, SessionStore};

/// The tenant of the tests, and the clock of the application. Only an application whose settings come from this module has
/// it.
#[derive(Clone)]
pub(crate) struct TestState {
    tenant: Arc<Tenant>,
    /// In seconds.
    ahead: Arc<AtomicU64>,
    /// The application's own clock, which [`advance`](super::advance) moves.
    clock: Clock,
    settings: Value,
}

impl TestState {
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

    /// The application listens nowhere. Its settings are checked as those of a debug build that listens at Rocket's
    /// default port.
    pub(crate) fn rocket_env(&self) -> RocketEnv {
        RocketEnv { debug: true, port: 8000 }
    }

    /// Logto over the tenant of the tests, with all sessions in this process: a store of the application's own would be
    /// called over the network.
    pub(crate) async fn logto(
        &self,
        config: Config,
        has_own_store: bool,
        hooks: Hooks,
    ) -> Result<Logto, String> {
        let store = has_own_store.then(|| Arc::new(MemoryStore::new()) as Arc<dyn SessionStore>);
        let transport = Arc::clone(&self.tenant) as Arc<dyn Transport>;
        let logto = Logto::over_transport(transport, config, store, hooks, self.clock.clone())?;
        // As of a server that has been up for a while: an outage leaves it what it has.
        let warmed_up = logto.0.provider.warm_up().await;
        warmed_up.map_err(|unavailable| unavailable.to_string())?;
        Ok(logto)
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
