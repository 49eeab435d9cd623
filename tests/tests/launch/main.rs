//! What keeps an application from launching, and what it says about that.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod addresses;
mod api;
mod config;
mod field;
mod guards;
mod logging;

use logto_tests::LogCapture;
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::{Build, Config, Rocket};
use tokio::sync::{Mutex, MutexGuard};

/// The settings of a `Rocket.toml`.
pub(crate) fn toml(settings: &str) -> Figment {
    // In every test, and first: otherwise Rocket's own logger takes the place.
    LogCapture::listen();
    Figment::from(Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(Toml::string(settings).nested())
}

/// Settings that are enough while developing.
pub(crate) const ENOUGH: &str = r#"
[default.logto]
endpoint = "http://localhost:3001"
app_id = "an-app"
app_secret = "its-secret"
"#;

/// One launch at a time: while the access report is made, the log of the whole process has warnings and errors alone.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    static LAUNCHING: Mutex<()> = Mutex::const_new(());
    LAUNCHING.lock().await
}

/// Tries to get ready for launch, and tells what kept it from that.
pub(crate) async fn refused(rocket: Rocket<Build>) -> &'static str {
    let _alone = alone().await;
    match rocket.ignite().await {
        Ok(_) => "nothing",
        Err(error) => match error.kind() {
            ErrorKind::SentinelAborts(_) => "sentinels",
            ErrorKind::FailedFairings(_) => "fairings",
            other => panic!("{other:?}"),
        },
    }
}
