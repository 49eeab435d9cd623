//! Sessions in a SQLite file.

mod builder;
mod connection;
mod errors;
mod inspection;
mod migrate;
mod pools;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use logto_rocket::store::{Found, Holder, Replaced, StoreError, StoreInspection, StoreKey, StoredSession};
use sqlx::FromRow;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use tokio::time::sleep;

use crate::cleanup::CleanupTask;
use crate::lengths;
use crate::preparation::Preparation;
use crate::session_store::{Parameter, Row, found, session_store};
use crate::statements::{Dialect, Statement, Statements};
pub use builder::SqliteStoreBuilder;
use pools::Pools;
use settings::{Settings, Source};

/// SQLite reads the time once for each statement, after a statement that writes has locked the file.
pub(crate) const DIALECT: Dialect = Dialect {
    now: "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
    later: "CAST(round(unixepoch('subsec') * 1000) AS INTEGER) + ({} + 999) / 1000",
    left: "(ends - CAST(round(unixepoch('subsec') * 1000) AS INTEGER)) * 1000",
    among: "key IN (SELECT unhex(value) FROM json_each($1))",
    ended: "key IN (SELECT key FROM {table} \
            WHERE ends <= CAST(round(unixepoch('subsec') * 1000) AS INTEGER) ORDER BY ends LIMIT $1)",
};

/// How many rows one statement deletes at most.
const BATCH: i64 = 200;
/// The pause after it. SQLite has no queue of those who wait for its lock: they look again every now and then, every
/// 100 ms at the latest.
const PAUSE: Duration = Duration::from_millis(125);

/// Keeps sessions in a [SQLite](https://sqlite.org) file: for applications on one machine, with one process or
/// several, whose sessions outlive a restart. Feature `sqlite`.
///
/// ```no_run
/// use logto_rocket::Logto;
/// use logto_sqlx::SqliteStore;
/// use rocket::launch;
///
/// #[launch]
/// fn rocket() -> _ {
///     let store = SqliteStore::open("/var/lib/shop/sessions.db").expect("a path");
///     rocket::build().attach(Logto::fairing().session_store(store))
/// }
/// ```
///
/// # The file
///
/// The first call opens the file, creates it and its tables where they are missing, and switches it to a
/// [write-ahead log](https://sqlite.org/wal.html). Next to it are two more files, which end in `-wal` and `-shm`.
/// All processes must be on the same machine, and the file must not be on a network file system. Only one process
/// writes at a time; the others wait, up to the [time limit](SqliteStoreBuilder::time_limit). In each process one
/// connection writes, and others read.
///
/// SQLite is compiled into the application.
///
/// A new file has the permissions that the process gives to new files, by its `umask`: often everybody on the machine may
/// read it. Create the file beforehand or keep it in a directory of its own, so that only the application's user may
/// read it (`chmod 700`). SQLite gives the two other files the permissions of the first.
///
/// # Durability
///
/// A call that ends with an error may have been carried out. All times are those of the machine, read when a statement
/// starts.
///
/// When a process ends or is killed, nothing is lost. When the machine loses power, the last changes may be: a session
/// that was ended in the last moments before can be back until it is ended again or expires, and a claim or a
/// revocation mark can be missing. With
/// [`synchronous_full`](SqliteStoreBuilder::synchronous_full) a call returns only once its change is on the disk.
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// What the store and its attempt to open the file have in common.
struct Shared {
    settings: Settings,
    statements: Statements,
    ready: Preparation<Ready>,
}

/// The connections, and the task that cleans up through them.
struct Ready {
    pools: Pools,
    _cleanup: Option<CleanupTask>,
}

impl SqliteStore {
    /// A store in the database of a pool that the application has. The pool needs a `busy_timeout`, and is faster with
    /// a write-ahead log. All calls share its connections.
    ///
    /// ```no_run
    /// use logto_sqlx::{SqliteStore, sqlx::SqlitePool};
    ///
    /// fn store(pool: &SqlitePool) -> SqliteStore {
    ///     SqliteStore::from_pool(pool.clone())
    /// }
    /// ```
    #[must_use]
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self::new(Settings::with_pool(pool))
    }

    fn new(settings: Settings) -> Self {
        let statements = Statements::new(&DIALECT, &settings.prefix);
        SqliteStore { shared: Arc::new(Shared { settings, statements, ready: Preparation::new() }) }
    }

    /// Creates the tables that are missing, also where the store does not do so by itself
    /// ([`create_tables`](SqliteStoreBuilder::create_tables)). Several processes may do so at the same time. Without
    /// effect where the tables are there.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or written.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // Not `self.pools()`: the store does not get ready while tables are missing.
        let settings = &self.shared.settings;
        let writer = settings.pools().await?.writer;
        let outcome = migrate::run(&writer, &settings.prefix).await;
        if matches!(settings.source, Source::File(_)) {
            writer.close().await;
        }
        outcome
    }

    /// The statements that create the tables with this prefix. They must run in one transaction.
    ///
    /// # Errors
    ///
    /// If the [prefix](SqliteStoreBuilder::table_prefix) is not valid.
    pub fn sql_of_tables(table_prefix: &str) -> Result<String, StoreError> {
        Ok(migrate::MIGRATIONS.script(&crate::prefix::Prefix::new(table_prefix)?))
    }

    /// The statements that the store runs, by name, for those who look at their plans with `EXPLAIN`.
    ///
    /// # Errors
    ///
    /// If the [prefix](SqliteStoreBuilder::table_prefix) is not valid.
    pub fn sql_of_statements(table_prefix: &str) -> Result<Vec<(&'static str, String)>, StoreError> {
        Ok(Statements::new(&DIALECT, &crate::prefix::Prefix::new(table_prefix)?).by_name())
    }

    /// Deletes expired rows, and returns the number of rows. The store does so
    /// [by itself](SqliteStoreBuilder::cleanup_every) unless that is switched off.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub async fn clean_up(&self) -> Result<u64, StoreError> {
        clean_up(&self.pools().await?.writer, &self.shared.statements.clean_up).await
    }

    fn statements(&self) -> &Statements {
        &self.shared.statements
    }

    async fn pools(&self) -> Result<&Pools, StoreError> {
        if let Some(ready) = self.shared.ready.made() {
            return Ok(&ready.pools);
        }
        let make = || Ready::make(self.shared.settings.clone(), self.shared.statements.clean_up.clone());
        self.shared.ready.get(make).await.map(|ready| &ready.pools)
    }

    /// With a connection that creates neither the file nor tables.
    async fn inspection(&self) -> Result<StoreInspection, StoreError> {
        let (settings, made) = (&self.shared.settings, self.shared.ready.made());
        let asked = tokio::time::timeout(settings.time_limit, async {
            match (made, &settings.source) {
                (Some(ready), _) => inspection::of_pool(&ready.pools.readers).await,
                (None, Source::Pool(pool)) => inspection::of_pool(pool).await,
                (None, Source::File(options)) => inspection::of_file(options).await,
            }
        });
        asked.await.unwrap_or_else(|_| Err(errors::too_late()))
    }

    /// The number of rows that a statement has changed.
    async fn change(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<u64, StoreError> {
        self.within(async |pools| connection::change(&pools.writer, statement, parameters).await).await
    }

    async fn rows<T>(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        self.within(async |pools| connection::rows(&pools.readers, statement, parameters).await).await
    }

    /// The rows that a statement which writes returns.
    async fn written<T>(
        &self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        self.within(async |pools| connection::rows(&pools.writer, statement, parameters).await).await
    }

    async fn within<T>(
        &self,
        call: impl AsyncFnOnce(&Pools) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let in_time = tokio::time::timeout(self.shared.settings.time_limit, async {
            call(self.pools().await?).await.map_err(|error| errors::told(&error))
        });
        in_time.await.unwrap_or_else(|_| Err(errors::too_late()))
    }
}

impl Ready {
    async fn make(settings: Settings, clean_up_statements: [Statement; 4]) -> Result<Self, StoreError> {
        let pools = settings.pools().await?;
        if settings.create_tables {
            migrate::run(&pools.writer, &settings.prefix).await?;
        } else {
            migrate::check(&pools.readers, &settings.prefix).await?;
        }
        let cleanup = settings.cleanup_every.map(|period| {
            let writer = pools.writer.clone();
            CleanupTask::start(period, move || {
                let (writer, statements) = (writer.clone(), clean_up_statements.clone());
                async move { clean_up(&writer, &statements).await }
            })
        });
        Ok(Ready { pools, _cleanup: cleanup })
    }
}

/// One batch after the other, until nothing is left that has ended. Others write in the pauses.
async fn clean_up(writer: &SqlitePool, statements: &[Statement]) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for statement in statements {
        loop {
            let batch = connection::change(writer, statement, &[Parameter::Number(BATCH)]).await;
            let batch = batch.map_err(|error| errors::told(&error))?;
            deleted += batch;
            if batch < BATCH.unsigned_abs() {
                break;
            }
            sleep(PAUSE).await;
        }
    }
    Ok(deleted)
}

session_store!(SqliteStore);

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { prefix, time_limit, cleanup_every, .. } = &self.shared.settings;
        f.debug_struct("SqliteStore")
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
    fn what_is_no_file_is_refused_at_once() {
        for path in ["", ":memory:", "sqlite::memory:", "sqlite://", "sqlite:sessions.db?mode=memory"] {
            let error = SqliteStore::open(path).expect_err(path).to_string();
            assert!(error.contains("path of a file"), "{path}: {error}");
        }
        for path in ["sessions.db", "sqlite:sessions.db", "sqlite:///var/lib/sessions.db"] {
            assert!(SqliteStore::open(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_prefix_that_is_no_identifier_is_refused_at_once() {
        let opened = SqliteStore::builder("sessions.db").table_prefix("a; DROP TABLE b").open();
        assert!(opened.expect_err("refused").to_string().contains("prefix"));
        assert!(SqliteStore::sql_of_tables("sqlite_").is_err());
    }
}
