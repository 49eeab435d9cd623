//! A connection during one call.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, Executor, FromRow, query, query_as, raw_sql};

use super::builder::Settings;
use crate::session_store::Parameter;
use crate::statements::Statement;

/// A connection of the pool. One whose call did not come to its end is closed and does not go back to the pool: the
/// database may never answer on it.
pub(super) struct Connection {
    connection: PoolConnection<Postgres>,
    settings: Settings,
    complete: bool,
}

impl Connection {
    /// Does something with a connection of the pool.
    pub(super) async fn with<T>(
        pool: &PgPool,
        settings: &Settings,
        call: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let connection = acquire(pool).await?;
        let mut connection = Connection { connection, settings: settings.clone(), complete: false };
        connection.begin().await?;
        let outcome = call(&mut connection).await;
        if outcome.is_ok() {
            connection.end().await?;
        }
        // After an error of the database the connection is as good as before, but a transaction is not.
        connection.complete = match &outcome {
            Ok(_) => true,
            Err(error) => error.as_database_error().is_some() && !connection.settings.transaction_pooling,
        };
        outcome
    }

    /// Behind a pooler, a statement and its parameters reach the same connection in one transaction alone.
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        if !self.settings.transaction_pooling {
            return Ok(());
        }
        let limit = self.settings.time_limit.as_millis().max(1);
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = {limit}"
        );
        self.connection.execute(raw_sql(AssertSqlSafe(begin))).await.map(drop)
    }

    async fn end(&mut self) -> Result<(), sqlx::Error> {
        if self.settings.transaction_pooling {
            self.connection.execute(raw_sql("COMMIT")).await?;
        }
        Ok(())
    }

    /// Runs a statement, and counts the rows that it has changed.
    pub(super) async fn change(
        &mut self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, sqlx::Error> {
        let mut query = query(AssertSqlSafe(Arc::clone(statement)));
        query = parameters.iter().fold(query, bound);
        let done = self.connection.execute(query.persistent(!self.settings.transaction_pooling)).await?;
        Ok(done.rows_affected())
    }

    /// Runs a statement, and reads the rows that it returns.
    pub(super) async fn rows<T>(
        &mut self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let query: QueryAs<'_, Postgres, T, PgArguments> = query_as(AssertSqlSafe(Arc::clone(statement)));
        let query = parameters.iter().fold(query, bound_as);
        query.persistent(!self.settings.transaction_pooling).fetch_all(&mut *self.connection).await
    }
}

/// A connection of the pool. A new one is made in a task of its own: the attempt goes on when the call that began it has
/// reached its time limit, so a database that is far away is reached at all.
async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    if pool.num_idle() > 0 || pool.size() >= pool.options().get_max_connections() {
        return pool.acquire().await;
    }
    let pool = pool.clone();
    let made = tokio::spawn(async move { pool.acquire().await });
    made.await.unwrap_or(Err(sqlx::Error::PoolClosed))
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.complete {
            self.connection.close_on_drop();
        }
    }
}

fn bound<'q>(
    query: Query<'q, Postgres, PgArguments>,
    parameter: &Parameter<'q>,
) -> Query<'q, Postgres, PgArguments> {
    match *parameter {
        Parameter::Bytes(bytes) => query.bind(bytes),
        Parameter::Perhaps(bytes) => query.bind(bytes),
        Parameter::Number(number) => query.bind(number),
        Parameter::Keys(keys) => {
            query.bind(keys.iter().map(|key| key.as_bytes().as_slice()).collect::<Vec<_>>())
        }
    }
}

fn bound_as<'q, T>(
    query: QueryAs<'q, Postgres, T, PgArguments>,
    parameter: &Parameter<'q>,
) -> QueryAs<'q, Postgres, T, PgArguments> {
    match *parameter {
        Parameter::Bytes(bytes) => query.bind(bytes),
        Parameter::Perhaps(bytes) => query.bind(bytes),
        Parameter::Number(number) => query.bind(number),
        Parameter::Keys(keys) => {
            query.bind(keys.iter().map(|key| key.as_bytes().as_slice()).collect::<Vec<_>>())
        }
    }
}
