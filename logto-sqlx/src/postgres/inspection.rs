//! What PostgreSQL says about itself, and whether the store can work with it.

use logto_rocket::store::{StoreError, StoreInspection};
use sqlx::postgres::PgPool;
use tokio::time::timeout;

use super::connection::Connection;
use super::errors::{told, too_late};
use super::settings::Settings;
use crate::statements::Statement;

const QUERY: &str = "SELECT current_setting('server_version'), current_setting('server_version_num')::bigint, \
                     pg_is_in_recovery(), current_setting('transaction_isolation'), \
                     current_setting('synchronous_commit'), current_setting('fsync')";

/// The oldest version with everything that the statements use.
const OLDEST: i64 = 120_000;

/// Version, its number, whether it is a standby, isolation level, `synchronous_commit`, `fsync`.
type Facts = (String, i64, bool, String, String, String);

/// Asks in the way of a call of the store, so the isolation level is that of a call.
pub(super) async fn read(pool: &PgPool, settings: &Settings) -> Result<StoreInspection, StoreError> {
    let query = Statement::from(QUERY);
    let asked = timeout(
        settings.time_limit,
        Connection::with(pool, settings.call(), async |connection| {
            connection.rows::<Facts>(&query, &[]).await
        }),
    );
    let mut rows = asked.await.map_err(|_| too_late())?.map_err(told)?;
    Ok(rows.pop().map(|facts| inspect(&facts)).unwrap_or_default())
}

fn inspect((version, number, is_standby, isolation, synchronous_commit, fsync): &Facts) -> StoreInspection {
    // Packages add their own version after a space.
    let version = version.split(' ').next().filter(|version| is_plain(version)).unwrap_or_default();
    let role = if *is_standby { "a standby" } else { "a primary" };
    let unsuitable = if *is_standby {
        Some(
            "this PostgreSQL is a standby (pg_is_in_recovery), which accepts no writes. Use the address of the primary",
        )
    } else if *number < OLDEST {
        Some("this PostgreSQL is older than version 12. Use PostgreSQL 12 or later")
    } else if !matches!(isolation.as_str(), "read committed" | "read uncommitted") {
        Some(
            "the isolation level of the connections is not READ COMMITTED. Set default_transaction_isolation to 'read committed' for the pool that the store was given",
        )
    } else {
        None
    };
    let lost = "a crash can lose the last changes, and a session that was ended last counts again";
    let mut warnings = Vec::new();
    if synchronous_commit == "off" {
        warnings.push(format!("synchronous_commit is off, so {lost}. Set synchronous_commit to on"));
    }
    if fsync == "off" {
        warnings.push("fsync is off, so a crash can destroy the database. Set fsync to on".to_owned());
    }
    let mut inspection = StoreInspection::default();
    inspection.server = Some(format!("PostgreSQL {version}, {role}"));
    inspection.unsuitable = unsuitable.map(str::to_owned);
    inspection.warnings = warnings;
    inspection
}

/// Nothing else of what the server says is repeated.
fn is_plain(version: &str) -> bool {
    version.len() <= 40 && version.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str, number: i64, is_standby: bool, isolation: &str) -> StoreInspection {
        let on = || "on".to_owned();
        inspect(&(version.to_owned(), number, is_standby, isolation.to_owned(), on(), on()))
    }

    #[test]
    fn a_primary_is_named_and_suitable() {
        let primary = of("15.14 (Debian 15.14-0+deb12u1)", 150_014, false, "read committed");
        assert_eq!(primary.server.as_deref(), Some("PostgreSQL 15.14, a primary"));
        assert_eq!((primary.unsuitable, primary.warnings.len()), (None, 0));
    }

    #[test]
    fn what_cannot_work_is_refused_with_what_was_found() {
        for (inspection, found) in [
            (of("15.3", 150_003, true, "read committed"), "a standby"),
            (of("11.22", 110_022, false, "read committed"), "older than version 12"),
            (of("17.1", 170_001, false, "repeatable read"), "READ COMMITTED"),
        ] {
            let refused = inspection.unsuitable.unwrap_or_default();
            assert!(refused.contains(found), "{refused}");
        }
    }

    #[test]
    fn o01_what_is_no_version_is_not_repeated() {
        assert!(!format!("{:?}", of("<hunter2>", 150_000, false, "read committed")).contains("hunter2"));
    }
}
