//! Where sessions are kept, and what seals them.

use super::report::{Check, DoctorReport};
use crate::config::{CookieKeys, SessionStoreKind};
use crate::error::StoreError;
use crate::logto::{Logto, WebApp};
use crate::session::random;
use crate::session::store::{BoundedStore, StoreKey};

const NAME: &str = "session_store";

pub(super) async fn check(logto: &Logto, is_own_store: bool, report: &mut DoctorReport) {
    let Some(web_app) = logto.web_app() else { return };
    report.add(cookie_keys(web_app));
    session_store(web_app, is_own_store, report).await;
}

fn cookie_keys(web_app: &WebApp) -> Check {
    const NAME: &str = "cookie_keys";
    match &web_app.0.config.cookie_keys {
        CookieKeys::Given(keys) if keys.len() == 1 => Check::ok(NAME, "one key seals and opens sessions"),
        CookieKeys::Given(keys) => Check::ok(
            NAME,
            format!("{} keys are set: the first seals sessions, all of them can open one", keys.len()),
        ),
        CookieKeys::Random => Check::warning(
            NAME,
            "no key is set, so every start generates another one and ends the sessions before it",
            "set cookie_keys to the same keys in all processes: openssl rand -base64 48",
        ),
    }
}

async fn session_store(web_app: &WebApp, is_own_store: bool, report: &mut DoctorReport) {
    let config = &web_app.0.config;
    if !is_own_store && config.redis.is_none() {
        report.add(match config.session_store {
            SessionStoreKind::Memory => Check::warning(
                NAME,
                "sessions are kept in the memory of one process, and end with it",
                "for several processes, or to keep sessions over a restart, set session_store = \"redis\" or \"cookie\"",
            ),
            _ => Check::ok(NAME, "sessions are kept in cookies"),
        });
        return;
    }
    match web_app.0.store.inspect().await {
        Ok(inspection) => {
            match (inspection.server, inspection.unsuitable) {
                (server, Some(unsuitable)) => {
                    let server = server.unwrap_or_else(|| "the session store".to_owned());
                    report.add(Check::failed(NAME, server, unsuitable));
                }
                (Some(server), None) => report.add(Check::ok(NAME, format!("{server}, responds"))),
                (None, None) => unnamed(&web_app.0.store, report).await,
            }
            let warnings = inspection.warnings.iter();
            report.extend(warnings.map(|warning| {
                let (found, fix) =
                    warning.split_once(". ").unwrap_or((warning, "change the setting of the server"));
                Check::warning(NAME, found, fix)
            }));
        }
        Err(error) => report.add(unavailable(&error)),
    }
}

/// A store that does not name its server has perhaps not asked it. A read does, and changes nothing.
async fn unnamed(store: &BoundedStore, report: &mut DoctorReport) {
    match store.load(&StoreKey::from_bytes(random())).await {
        Ok(_) => {
            report.add(Check::ok(NAME, "the session store responds to a read"));
            report.add(Check::not_checked(
                NAME,
                "the session store does not name its server, so whether it accepts writes and keeps them is unknown",
                "sign in once, and check that the server is a primary and never evicts keys",
            ));
        }
        Err(error) => report.add(unavailable(&error)),
    }
}

fn unavailable(error: &StoreError) -> Check {
    Check::failed(NAME, error.what(), format!("{}; see also the setting `store_timeout`", error.help()))
}
