//! The tables.

use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, query_scalar, raw_sql};
use tokio::time::timeout;

use super::connection::{BEGIN, Call, Connection};
use super::errors::{told, too_late, what};
use super::settings::Settings;
use crate::migrations::{Migrations, Version, add_to_history, create_history, latest_in_history};
use crate::prefix::Prefix;

pub(super) const MIGRATIONS: Migrations =
    Migrations(&[include_str!("../../migrations/postgres/1_tables.sql")]);

/// How long creating the tables may take, and the wait for another process that does so.
const LIMIT: Duration = Duration::from_secs(60);
const LIMITS: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'";
/// How long reading the version of the tables may take, unless calls may take longer.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// Takes the steps that are missing. Who comes second waits, and finds nothing to do.
pub(super) async fn run(pool: &PgPool, settings: &Settings) -> Result<(), StoreError> {
    let prefix = &settings.prefix;
    // Where the tables are there, the user needs no privilege to create any.
    if read(pool, settings).await? >= MIGRATIONS.latest() {
        return Ok(());
    }
    let call = Call { limit: LIMIT, ..settings.call() };
    let taken = timeout(
        LIMIT,
        Connection::with(pool, without_transaction(call), async |connection| {
            let mut transaction = connection.raw().begin_with(BEGIN).await?;
            steps(&mut transaction, prefix).await?;
            transaction.commit().await
        }),
    );
    taken.await.map_err(|_| too_late())?.map_err(not_created)?;
    tracing::info!(target: "logto", "the tables {prefix}* of the session store were created or updated");
    Ok(())
}

/// An error unless the tables are there.
pub(super) async fn check(pool: &PgPool, settings: &Settings) -> Result<(), StoreError> {
    if read(pool, settings).await? >= MIGRATIONS.latest() {
        return Ok(());
    }
    Err(StoreError::new(format!(
        "the tables {}* are missing or older than this version: create them with `migrate()` or with the SQL of \
         `sql_of_tables`",
        settings.prefix
    )))
}

/// The last step that was taken; 0 where there are no tables.
async fn read(pool: &PgPool, settings: &Settings) -> Result<Version, StoreError> {
    let prefix = &settings.prefix;
    let limit = settings.time_limit.max(READ_LIMIT);
    let call = without_transaction(Call { limit, ..settings.call() });
    let read = timeout(
        // The pool has a limit of its own for making a connection.
        limit + limit,
        Connection::with(pool, call, async |connection| {
            // In one transaction, because of PgBouncer.
            let mut transaction = connection.raw().begin_with(BEGIN).await?;
            let latest = latest(&mut transaction, prefix).await;
            transaction.rollback().await?;
            latest
        }),
    );
    read.await.map_err(|_| too_late())?.map_err(told)?.ok_or_else(|| {
        StoreError::new(format!(
            "the tables {prefix}* are in another schema than the one in which tables are created: let the `search_path` \
             of the user or of the address name one schema alone"
        ))
    })
}

/// The migrations begin transactions themselves.
fn without_transaction(call: Call) -> Call {
    Call { transaction: false, ..call }
}

async fn steps(connection: &mut PgConnection, prefix: &Prefix) -> Result<(), sqlx::Error> {
    connection.execute(raw_sql(LIMITS)).await?;
    // Held until the transaction ends, so it works behind PgBouncer as well. One schema may have several prefixes.
    let lock = format!(
        "SELECT pg_advisory_xact_lock(hashtextextended('logto-sqlx ' || current_schema() || ' {prefix}', 0))"
    );
    connection.execute(raw_sql(AssertSqlSafe(lock))).await?;
    connection.execute(raw_sql(AssertSqlSafe(create_history(prefix)))).await?;
    let latest: Version = query_scalar(AssertSqlSafe(latest_in_history(prefix)))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await?;
    for (number, step) in MIGRATIONS.after(latest, prefix) {
        connection.execute(raw_sql(AssertSqlSafe(step))).await?;
        connection.execute(raw_sql(AssertSqlSafe(add_to_history(prefix, number)))).await?;
    }
    Ok(())
}

/// The last step that was taken; 0 where there are no tables. Nothing where they are in another schema than new tables
/// would be: those of another application, perhaps.
async fn latest(connection: &mut PgConnection, prefix: &Prefix) -> Result<Option<Version>, sqlx::Error> {
    let is_own = format!(
        "SELECT coalesce(pg_namespace.nspname = current_schema(), false) FROM pg_class \
         JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass('{prefix}migrations')"
    );
    match query_scalar(AssertSqlSafe(is_own)).persistent(false).fetch_optional(&mut *connection).await? {
        None => Ok(Some(0)),
        Some(false) => Ok(None),
        Some(true) => {
            let latest = query_scalar(AssertSqlSafe(latest_in_history(prefix))).persistent(false);
            latest.fetch_one(connection).await.map(Some)
        }
    }
}

fn not_created(error: sqlx::Error) -> StoreError {
    StoreError::new(format!("its tables cannot be created: {}", what(&error)))
}
