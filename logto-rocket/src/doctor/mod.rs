#![doc = include_str!("../../docs/doctor.md")]

mod application;
mod own_routes;
mod report;
mod storage;
mod tenant;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use figment::Figment;
use rocket::Config as RocketConfig;

use crate::clock::Clock;
use crate::config::{Config, RocketEnv, with_absolute_paths};
use crate::guard::BoxFuture;
use crate::guard::hooks::Hooks;
use crate::logto::Logto;
use crate::oidc::Probe;
use crate::session::store::SessionStore;
pub use report::{Check, CheckVerdict, DoctorReport};

/// Checks that are about to be made. Made by [`Logto::doctor`]; `.await` makes them.
#[must_use = "the checks are made by `.await`"]
pub struct Doctor {
    figment: Figment,
    clock: Clock,
    session_store: Option<Arc<dyn SessionStore>>,
    account_api: bool,
}

impl Logto {
    /// Checks the settings against the tenant, the session store and the running application, and says what to change.
    /// See [`doctor`](crate::doctor) for the checks, and for the program `logto-doctor`.
    ///
    /// `figment` is that of the application: `rocket::Config::figment()`, or what it passes to `rocket::custom`. It takes
    /// about a dozen requests to Logto, each with the timeouts of the settings, and a few to the application's own
    /// `public_url`. They sign nobody in and change no configuration. It runs in a Tokio runtime, as Rocket does.
    ///
    /// ```no_run
    /// use logto_rocket::Logto;
    ///
    /// # async fn check() {
    /// let report = Logto::doctor(&rocket::Config::figment()).await;
    /// println!("{report}");
    /// assert!(report.passed());
    /// # }
    /// ```
    pub fn doctor(figment: &Figment) -> Doctor {
        Doctor { figment: figment.clone(), clock: Clock::default(), session_store: None, account_api: false }
    }
}

impl Doctor {
    /// The session store that the application passes to
    /// [`LogtoFairing::session_store`](crate::LogtoFairing::session_store), to be inspected in place of the one in the
    /// settings.
    pub fn session_store(mut self, store: impl SessionStore) -> Self {
        self.session_store = Some(Arc::new(store));
        self
    }

    /// The application uses [`User::account`](crate::User::account): a tenant whose Account API is off is a failure.
    pub fn account_api(mut self) -> Self {
        self.account_api = true;
        self
    }

    /// Takes the time from `clock`, for tests that move it.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    async fn make_checks(self) -> DoctorReport {
        let mut report = DoctorReport::default();
        let Some(logto) = self.read_settings(&mut report) else { return report };
        storage::check(&logto, self.session_store.is_some(), &mut report).await;
        match Probe::begin(&logto.0.provider).await {
            Ok(probe) => {
                tenant::check(&logto, &probe, &mut report).await;
                application::check(&logto, &probe, &mut report).await;
                tenant::check_account_api(&probe, self.account_api, &mut report).await;
                // Last, when many responses have told the time.
                report.add(tenant::clock(&logto, &probe));
            }
            Err(unavailable) => tenant::unreachable(&logto, &unavailable, &mut report),
        }
        own_routes::check(&logto, &mut report).await;
        report
    }

    /// Reads the settings as the fairing does. `None` where they are of no use.
    fn read_settings(&self, report: &mut DoctorReport) -> Option<Logto> {
        const NAME: &str = "settings";
        let profile = self.figment.profile();
        let debug = *profile == RocketConfig::DEBUG_PROFILE;
        let port = self.figment.extract_inner("port").unwrap_or(8000);
        let settings = self.figment.find_value("logto").ok();
        let settings = settings.map(|settings| with_absolute_paths(settings, &self.figment));
        let config = match Config::read(settings.as_ref(), &RocketEnv { debug, port }) {
            Ok(config) => config,
            Err(error) => {
                let problems = error.problems();
                report.extend(
                    problems
                        .map(|(setting, what, fix)| Check::failed(NAME, format!("{setting}: {what}"), fix)),
                );
                report.add(Check::not_checked(
                    "tenant",
                    format!(
                        "the other checks need valid settings; these are of Rocket's profile `{profile}`"
                    ),
                    "correct the settings, then check again",
                ));
                return None;
            }
        };
        let warnings = config.warnings.clone();
        match Logto::new(config, self.session_store.clone(), Hooks::default(), self.clock.clone()) {
            Ok(logto) => {
                report
                    .add(Check::ok(NAME, format!("the settings of Rocket's profile `{profile}` are valid")));
                report.extend(warnings.iter().map(|warning| {
                    let (found, fix) = with_fix(warning);
                    Check::warning(NAME, found, fix)
                }));
                Some(logto)
            }
            Err(what) => {
                let (found, fix) = with_fix(&what);
                report.add(Check::failed(NAME, found, fix));
                None
            }
        }
    }
}

/// A message of the launch, apart from the fix in its last line.
fn with_fix(message: &str) -> (&str, &str) {
    let (found, fix) = message.split_once("fix: ").unwrap_or((message, "correct the setting"));
    (found.trim_end_matches([' ', '\n']), fix)
}

impl IntoFuture for Doctor {
    type Output = DoctorReport;
    type IntoFuture = BoxFuture<'static, DoctorReport>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make_checks())
    }
}

/// The settings contain secrets.
impl fmt::Debug for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doctor").field("account_api", &self.account_api).finish_non_exhaustive()
    }
}
