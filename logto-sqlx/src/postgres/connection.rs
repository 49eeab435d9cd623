//! A connection during one call.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow, Postgres};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, Executor, FromRow, query, query_as, raw_sql};
use tokio::time::timeout;

use crate::session_store::Parameter;
use crate::statements::Statement;

/// The isolation level that the statements need, also where the database or a pool has another default.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How a call uses its connection.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// How long the call may take, and giving the connection back as well.
    pub(super) limit: Duration,
    /// How long a statement in such a transaction may wait for a lock.
    pub(super) lock_limit: Duration,
    /// Whether the statements run in a transaction that has these limits and `READ COMMITTED`, whatever the connection
    /// has.
    pub(super) transaction: bool,
    /// Whether the connection keeps prepared statements.
    pub(super) persistent: bool,
}

/// A connection of the pool. One whose call did not complete is closed and does not go back to the pool: the
/// database may never respond on it.
pub(super) struct Connection {
    connection: PoolConnection<Postgres>,
    call: Call,
    complete: bool,
}

impl Connection {
    /// Does something with a connection of the pool.
    pub(super) async fn with<T>(
        pool: &PgPool,
        call: Call,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut connection = Connection::acquire(pool, call).await?;
        connection.begin().await?;
        let outcome = work(&mut connection).await;
        if outcome.is_ok() {
            connection.end().await?;
        }
        // After an error of the database the connection is as good as before, but a transaction is not.
        connection.complete = match &outcome {
            Ok(_) => true,
            Err(error) => error.as_database_error().is_some() && !call.transaction,
        };
        outcome
    }

    /// A new connection is made in a task of its own: the attempt goes on when the call that began it has reached its time
    /// limit, so a database that is far away is reached at all.
    async fn acquire(pool: &PgPool, call: Call) -> Result<Self, sqlx::Error> {
        // Nothing was sent on it yet. A call that is dropped from here on, or whose task is, gives it back in bounds.
        let unused = move |connection| Connection { connection, call, complete: true };
        let acquired = if pool.num_idle() > 0 || pool.size() >= pool.options().get_max_connections() {
            pool.acquire().await.map(unused)
        } else {
            let pool = pool.clone();
            let made = tokio::spawn(async move { pool.acquire().await.map(unused) });
            made.await.unwrap_or(Err(sqlx::Error::PoolClosed))
        };
        let mut acquired = acquired.map_err(|error| match error {
            // So ends a connection that is closed before the login.
            sqlx::Error::Protocol(_) => {
                io::Error::other("the connection was closed, or the server is not PostgreSQL").into()
            }
            error => error,
        })?;
        acquired.complete = false;
        Ok(acquired)
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        if !self.call.transaction {
            return Ok(());
        }
        let [limit, lock_limit] =
            [self.call.limit, self.call.lock_limit].map(|limit| limit.as_millis().max(1));
        let begin =
            format!("{BEGIN}; SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = {lock_limit}");
        self.connection.execute(raw_sql(AssertSqlSafe(begin))).await.map(drop)
    }

    async fn end(&mut self) -> Result<(), sqlx::Error> {
        if self.call.transaction {
            self.connection.execute(raw_sql("COMMIT")).await?;
        }
        Ok(())
    }

    /// The connection itself, for what is no call of the store.
    pub(super) fn raw(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Runs a statement, and counts the rows that it has changed.
    pub(super) async fn change(
        &mut self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, sqlx::Error> {
        let mut query = query(AssertSqlSafe(Arc::clone(statement)));
        query = parameters.iter().fold(query, bound);
        let done = self.connection.execute(query.persistent(self.call.persistent)).await?;
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
        query.persistent(self.call.persistent).fetch_all(&mut *self.connection).await
    }
}

/// The pool tests a connection that comes back, without a limit, and nobody else gets its place meanwhile.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.complete {
            // Dropping the attempt closes the connection and frees its place.
            tokio::spawn(timeout(self.call.limit, self.connection.return_to_pool()));
        } else {
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
