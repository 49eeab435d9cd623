//! Sessions in PostgreSQL.

mod builder;
mod connection;
mod errors;
mod inspection;
mod migrate;
mod pool;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use logto_rocket::store::{Found, Holder, Replaced, StoreError, StoreInspection, StoreKey, StoredSession};
use sqlx::FromRow;
use sqlx::postgres::{PgPool, PgRow};
use tokio::time::timeout;

use crate::cleanup::CleanupTask;
use crate::lengths;
use crate::preparation::Preparation;
use crate::session_store::{Parameter, Row, found, session_store};
use crate::statements::{Dialect, Statement, Statements};
pub use builder::PostgresStoreBuilder;
use connection::{Call, Connection};
use settings::Settings;

/// `statement_timestamp()`: `now()` is the time at which a transaction began, and `clock_timestamp()` cannot be looked
/// up in an index, because it changes while a statement runs.
pub(crate) const DIALECT: Dialect = Dialect {
    now: "statement_timestamp()",
    later: "statement_timestamp() + {}::bigint * interval '1 microsecond'",
    left: "(extract(epoch FROM ends - statement_timestamp()) * 1000000)::bigint",
    among: "key = ANY($1::bytea[])",
    // Rows that another process is deleting or changing are left to it.
    ended: "ends <= statement_timestamp() AND key = ANY(ARRAY(SELECT key FROM {table} \
            WHERE ends <= statement_timestamp() ORDER BY ends LIMIT $1::bigint FOR UPDATE SKIP LOCKED))",
};

/// How many rows one statement deletes at most.
const BATCH: i64 = 1_000;
/// How long deleting them may take, unless calls may take longer.
const BATCH_LIMIT: Duration = Duration::from_secs(30);

/// Keeps sessions in [PostgreSQL](https://www.postgresql.org): for applications that run as several processes, and
/// for sessions that outlive a restart. Feature `postgres`.
///
/// ```no_run
/// use logto_rocket::Logto;
/// use logto_sqlx::PostgresStore;
/// use rocket::launch;
///
/// #[launch]
/// fn rocket() -> _ {
///     let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
///     let store = PostgresStore::open(&url).expect("DATABASE_URL is the address of a PostgreSQL");
///     rocket::build().attach(Logto::fairing().session_store(store))
/// }
/// ```
///
/// Settings other than the address are those of the [builder](Self::builder). An application with a pool of its own
/// passes it to [`from_pool`](Self::from_pool).
///
/// # Connection
///
/// [`open`](Self::open) connects with the first call, so an application starts while the database is down.
/// [`connect`](Self::connect) connects at once. In both cases the first connection creates the tables that are missing.
/// A call that is not completed within the [time limit](PostgresStoreBuilder::time_limit) is an error, and its
/// connection is closed. After a restart of the database the store connects again. No call is repeated: one that ends
/// with an error may have been carried out.
///
/// The address is in no log, no error and no `Debug` output, nor is anything that the database says about a session.
///
/// The tables are in the schema in which the connection creates tables, the first of its `search_path` that exists. Tables
/// that are found in another schema of the path are refused: they may be those of another application.
///
/// # Isolation
///
/// The statements need the isolation level `READ COMMITTED`, which is PostgreSQL's default. The connections that the
/// store makes itself have it in any case.
///
/// # Durability
///
/// What was written outlives a crash of PostgreSQL and of its machine, with the default settings `fsync = on` and
/// `synchronous_commit = on`. With `synchronous_commit = off`, a crash loses the last changes. So does a failover to a
/// standby that is replicated asynchronously. Then a session that was ended last can be back until it is ended again or
/// expires, a claim can be taken a second time, and a revocation mark can be missing. Where that must not be,
/// replicate synchronously: `synchronous_standby_names`, with `synchronous_commit = on`.
///
/// All times are the database's, read when a statement starts. A statement that waits for a lock uses the time before the
/// wait.
pub struct PostgresStore {
    shared: Arc<Shared>,
}

/// What the store and its attempt to connect have in common.
struct Shared {
    settings: Settings,
    statements: Statements,
    ready: Preparation<Ready>,
}

/// A pool, and the task that cleans up through it.
struct Ready {
    pool: PgPool,
    _cleanup: Option<CleanupTask>,
}

impl PostgresStore {
    /// A store in the database of a pool that the application has. The pool needs the isolation level
    /// `READ COMMITTED`, and its own `statement_timeout` if there is to be one.
    ///
    /// ```no_run
    /// use logto_rocket::store::StoreError;
    /// use logto_sqlx::{PostgresStore, sqlx::PgPool};
    ///
    /// fn store(pool: &PgPool) -> PostgresStore {
    ///     PostgresStore::from_pool(pool.clone())
    /// }
    /// ```
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self::new(Settings::with_pool(pool))
    }

    fn new(settings: Settings) -> Self {
        let statements = Statements::new(&DIALECT, &settings.prefix);
        PostgresStore { shared: Arc::new(Shared { settings, statements, ready: Preparation::new() }) }
    }

    /// Creates the tables that are missing, also where the store does not do so by itself
    /// ([`create_tables`](PostgresStoreBuilder::create_tables)). Several processes may do so at the same time. Without
    /// effect where the tables are there.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached, or the user may not create tables.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // Not `self.pool()`: the store does not get ready while tables are missing.
        let settings = &self.shared.settings;
        let pool = settings.pool();
        let outcome = migrate::run(&pool, settings).await;
        settings.close(pool);
        outcome
    }

    /// The statements that create the tables with this prefix, for an administrator who runs them where the
    /// application's user may not create tables. They must run in one transaction.
    ///
    /// # Errors
    ///
    /// If the [prefix](PostgresStoreBuilder::table_prefix) is not valid.
    pub fn sql_of_tables(table_prefix: &str) -> Result<String, StoreError> {
        Ok(migrate::MIGRATIONS.script(&crate::prefix::Prefix::new(table_prefix)?))
    }

    /// The statements that the store runs, by name, for those who look at their plans with `EXPLAIN`.
    ///
    /// # Errors
    ///
    /// If the [prefix](PostgresStoreBuilder::table_prefix) is not valid.
    pub fn sql_of_statements(table_prefix: &str) -> Result<Vec<(&'static str, String)>, StoreError> {
        Ok(Statements::new(&DIALECT, &crate::prefix::Prefix::new(table_prefix)?).by_name())
    }

    /// Deletes expired rows, and returns the number of rows. The store does so
    /// [by itself](PostgresStoreBuilder::cleanup_every) unless that is switched off.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached, or deleting a batch of rows takes longer than half a minute.
    pub async fn clean_up(&self) -> Result<u64, StoreError> {
        clean_up(self.pool().await?, &self.shared.settings, &self.shared.statements.clean_up).await
    }

    fn statements(&self) -> &Statements {
        &self.shared.statements
    }

    async fn pool(&self) -> Result<&PgPool, StoreError> {
        if let Some(ready) = self.shared.ready.made() {
            return Ok(&ready.pool);
        }
        let make = || Ready::make(self.shared.settings.clone(), self.shared.statements.clean_up.clone());
        self.shared.ready.get(make).await.map(|ready| &ready.pool)
    }

    /// With a connection that creates no tables.
    async fn inspection(&self) -> Result<StoreInspection, StoreError> {
        let settings = &self.shared.settings;
        if let Some(ready) = self.shared.ready.made() {
            return inspection::read(&ready.pool, settings).await;
        }
        let pool = settings.pool();
        let inspection = inspection::read(&pool, settings).await;
        settings.close(pool);
        inspection
    }

    /// The number of rows that a statement has changed.
    async fn change(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<u64, StoreError> {
        self.within(async |connection| connection.change(statement, parameters).await).await
    }

    async fn rows<T>(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.within(async |connection| connection.rows(statement, parameters).await).await
    }

    /// The rows that a statement which writes returns.
    async fn written<T>(
        &self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.rows(statement, parameters).await
    }

    async fn within<T>(
        &self,
        call: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let settings = &self.shared.settings;
        let in_time = tokio::time::timeout(settings.time_limit, async {
            let pool = self.pool().await?;
            Connection::with(pool, settings.call(), call).await.map_err(errors::told)
        });
        in_time.await.unwrap_or_else(|_| Err(errors::too_late()))
    }
}

impl Ready {
    async fn make(settings: Settings, clean_up_statements: [Statement; 4]) -> Result<Self, StoreError> {
        let pool = settings.pool();
        if settings.create_tables {
            migrate::run(&pool, &settings).await?;
        } else {
            migrate::check(&pool, &settings).await?;
        }
        let cleanup = settings.cleanup_every.map(|period| {
            let (pool, settings) = (pool.clone(), settings.clone());
            CleanupTask::start(period, move || {
                let (pool, settings, statements) =
                    (pool.clone(), settings.clone(), clean_up_statements.clone());
                async move { clean_up(&pool, &settings, &statements).await }
            })
        });
        Ok(Ready { pool, _cleanup: cleanup })
    }
}

/// One batch after the other, until nothing is left that has ended. Between them the connection goes back to the pool.
/// A batch may take longer than a call.
async fn clean_up(pool: &PgPool, settings: &Settings, statements: &[Statement]) -> Result<u64, StoreError> {
    let limit = settings.time_limit.max(BATCH_LIMIT);
    let call = Call { limit, transaction: true, ..settings.call() };
    let mut deleted = 0;
    for statement in statements {
        loop {
            let batch = timeout(
                limit,
                Connection::with(pool, call, async |connection| {
                    connection.change(statement, &[Parameter::Number(BATCH)]).await
                }),
            );
            let batch = batch.await.map_err(|_| errors::too_late())?.map_err(errors::told)?;
            deleted += batch;
            if batch < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(deleted)
}

session_store!(PostgresStore);

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { prefix, time_limit, cleanup_every, .. } = &self.shared.settings;
        f.debug_struct("PostgresStore")
            .field("table_prefix", &prefix.to_string())
            .field("time_limit", time_limit)
            .field("cleanup_every", cleanup_every)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o01_debug_tells_no_address() {
        let store = PostgresStore::open("postgres://shop:hunter2@localhost/orders").expect("an address");
        let shown =
            format!("{store:?} {:?}", PostgresStore::builder("postgres://shop:hunter2@localhost/orders"));
        assert!(shown.contains("logto_") && shown.contains("500ms"), "{shown}");
        for secret in ["hunter2", "orders", "localhost"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn o01_an_address_that_cannot_be_parsed_is_not_repeated() {
        for url in
            ["", "hunter2", "mysql://shop:hunter2@localhost/", "postgres://shop:hunter2@localhost:port/"]
        {
            let error = PostgresStore::open(url).expect_err(url);
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_prefix_that_is_no_identifier_is_refused_at_once() {
        let opened = PostgresStore::builder("postgres://localhost/").table_prefix("a; DROP TABLE b").open();
        assert!(opened.expect_err("refused").to_string().contains("prefix"));
        assert!(PostgresStore::sql_of_tables("a b").is_err());
    }

    #[test]
    fn the_readme_has_the_tables() {
        let script = PostgresStore::sql_of_tables("logto_").expect("a prefix");
        assert!(include_str!("../../README.md").contains(&script), "the README must have:\n{script}");
    }
}
