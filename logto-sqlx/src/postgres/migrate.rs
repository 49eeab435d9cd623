//! The tables.

use logto_rocket::store::StoreError;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, query_scalar, raw_sql};

use super::errors::{told, what};
use crate::migrations::{Migrations, Version, add_to_history, create_history, latest_in_history};
use crate::prefix::Prefix;

pub(super) const MIGRATIONS: Migrations =
    Migrations(&[include_str!("../../migrations/postgres/1_tables.sql")]);

/// How long creating the tables may take, and the wait for another process that does so.
const LIMITS: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'";

/// Takes the steps that are missing. Who comes second waits, and finds nothing to do.
pub(super) async fn run(pool: &PgPool, prefix: &Prefix) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(told)?;
    // Where the tables are there, the user needs no privilege to create any.
    if latest(&mut connection, prefix).await.map_err(told)? >= MIGRATIONS.latest() {
        return Ok(());
    }
    let mut transaction = connection.begin().await.map_err(told)?;
    steps(&mut transaction, prefix).await.map_err(not_created)?;
    transaction.commit().await.map_err(not_created)?;
    tracing::info!(target: "logto", "the tables {prefix}* of the session store were created or updated");
    Ok(())
}

/// An error unless the tables are there.
pub(super) async fn check(pool: &PgPool, prefix: &Prefix) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(told)?;
    if latest(&mut connection, prefix).await.map_err(told)? >= MIGRATIONS.latest() {
        return Ok(());
    }
    Err(StoreError::new(format!(
        "the tables {prefix}* are missing or older than this version: create them with `migrate()` or with the SQL of \
         `sql_of_tables`"
    )))
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

/// The last step that was taken; 0 where there are no tables.
async fn latest(connection: &mut PgConnection, prefix: &Prefix) -> Result<Version, sqlx::Error> {
    // In one transaction, because of PgBouncer.
    let mut transaction = connection.begin().await?;
    let latest = query_scalar(AssertSqlSafe(latest_in_history(prefix)))
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await;
    transaction.rollback().await?;
    match latest {
        Err(error)
            if error.as_database_error().and_then(|error| error.code()).as_deref() == Some("42P01") =>
        {
            Ok(0)
        }
        latest => latest,
    }
}

fn not_created(error: sqlx::Error) -> StoreError {
    StoreError::new(format!("its tables cannot be created: {}", what(&error)))
}
