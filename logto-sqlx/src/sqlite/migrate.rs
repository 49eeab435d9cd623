//! The tables.

use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection as _, Executor, SqliteConnection, query_scalar, raw_sql};
use tokio::time::{Instant, sleep};

use super::errors::{is_busy, told, what};
use crate::migrations::{Migrations, Version, add_to_history, create_history, latest_in_history};
use crate::prefix::Prefix;

pub(super) const MIGRATIONS: Migrations = Migrations(&[include_str!("../../migrations/sqlite/1_tables.sql")]);

/// How long the wait for other processes may take that create tables.
const LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the steps that are missing. Who comes second waits, and finds nothing to do.
pub(super) async fn run(pool: &SqlitePool, prefix: &Prefix) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        match attempt(pool, prefix).await {
            // `busy_timeout` is as long as a call may take, and this may take longer.
            Err(error) if is_busy(&error) && begun.elapsed() < LIMIT => sleep(PAUSE).await,
            Err(error) => {
                return Err(StoreError::new(format!("its tables cannot be created: {}", what(&error))));
            }
            Ok(()) => return Ok(()),
        }
    }
}

async fn attempt(pool: &SqlitePool, prefix: &Prefix) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    if latest(&mut connection, prefix).await? >= MIGRATIONS.latest() {
        return Ok(());
    }
    // Locks the file before it is read. A transaction that reads first may have to fail when it wants to write.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    transaction.execute(raw_sql(AssertSqlSafe(create_history(prefix)))).await?;
    let latest = latest(&mut transaction, prefix).await?;
    for (number, step) in MIGRATIONS.after(latest, prefix) {
        transaction.execute(raw_sql(AssertSqlSafe(step))).await?;
        transaction.execute(raw_sql(AssertSqlSafe(add_to_history(prefix, number)))).await?;
    }
    transaction.commit().await?;
    tracing::info!(target: "logto", "the tables {prefix}* of the session store were created or updated");
    Ok(())
}

/// An error unless the tables are there.
pub(super) async fn check(pool: &SqlitePool, prefix: &Prefix) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(|error| told(&error))?;
    if latest(&mut connection, prefix).await.map_err(|error| told(&error))? >= MIGRATIONS.latest() {
        return Ok(());
    }
    Err(StoreError::new(format!(
        "the tables {prefix}* are missing or older than this version: create them with `migrate()`"
    )))
}

/// The last step that was taken; 0 where there are no tables.
async fn latest(connection: &mut SqliteConnection, prefix: &Prefix) -> Result<Version, sqlx::Error> {
    let is_there =
        format!("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{prefix}migrations'");
    let tables: i64 = query_scalar(AssertSqlSafe(is_there)).fetch_one(&mut *connection).await?;
    if tables == 0 {
        return Ok(0);
    }
    query_scalar(AssertSqlSafe(latest_in_history(prefix))).fetch_one(connection).await
}
