//! The settings of the store.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgPool};

use super::PostgresStore;
use crate::prefix::Prefix;

/// How long a call may take unless it is set.
const TIME_LIMIT: Duration = Duration::from_millis(500);
const MAX_CONNECTIONS: u32 = 10;
const CLEANUP_EVERY: Duration = Duration::from_secs(300);

/// Where the connections come from.
#[derive(Clone)]
pub(super) enum Source {
    Address(Box<PgConnectOptions>),
    Pool(PgPool),
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) source: Source,
    pub(super) prefix: Prefix,
    pub(super) max_connections: u32,
    pub(super) time_limit: Duration,
    pub(super) cleanup_every: Option<Duration>,
    pub(super) create_tables: bool,
    pub(super) transaction_pooling: bool,
}

impl Settings {
    fn new(source: Source) -> Self {
        Settings {
            source,
            prefix: Prefix::default(),
            max_connections: MAX_CONNECTIONS,
            time_limit: TIME_LIMIT,
            cleanup_every: Some(CLEANUP_EVERY),
            create_tables: true,
            transaction_pooling: false,
        }
    }

    pub(super) fn with_pool(pool: PgPool) -> Self {
        Settings::new(Source::Pool(pool))
    }
}

/// The settings of a [`PostgresStore`].
#[must_use = "settings alone open nothing"]
pub struct PostgresStoreBuilder {
    /// The settings, or the first error.
    settings: Result<Settings, StoreError>,
}

impl PostgresStoreBuilder {
    pub(super) fn with_url(url: &str) -> Self {
        let unreadable = || {
            StoreError::new(
                "the address of PostgreSQL is invalid: write it as postgres://user:password@host:5432/database",
            )
        };
        // sqlx accepts any scheme.
        let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let options = PgConnectOptions::from_str(url).ok().filter(|_| known);
        let settings = options.map(|options| Settings::new(Source::Address(Box::new(options))));
        PostgresStoreBuilder { settings: settings.ok_or_else(unreadable) }
    }

    pub(super) fn with_pool(pool: PgPool) -> Self {
        PostgresStoreBuilder { settings: Ok(Settings::with_pool(pool)) }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Ok(settings) = &mut self.settings {
            change(settings);
        }
        self
    }

    /// What the names of the tables begin with; `logto_` unless it is set. Applications that share a database and are
    /// not to share sessions need one each. 1 to 40 lowercase letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Self {
        match (Prefix::new(prefix), &mut self.settings) {
            (Ok(prefix), Ok(settings)) => settings.prefix = prefix,
            (Err(error), Ok(_)) => self.settings = Err(error),
            (_, Err(_)) => {}
        }
        self
    }

    /// How many connections the store has at most; 10 unless it is set. A call that finds none waits for one.
    pub fn max_connections(self, most: u32) -> Self {
        self.set(|settings| settings.max_connections = most.max(1))
    }

    /// How long a call may take, including the wait for a connection; 500 ms unless it is set. It also becomes the
    /// `statement_timeout` and the `lock_timeout` of the connections.
    ///
    /// The application has the setting `store_timeout` besides, of 500 ms as well: set both to wait longer.
    pub fn time_limit(self, limit: Duration) -> Self {
        self.set(|settings| settings.time_limit = limit)
    }

    /// How often a task deletes expired rows; every 5 minutes unless it is set. Each process has such a task, and
    /// they do not get in each other's way. Rows that have ended count as missing before they are deleted.
    pub fn cleanup_every(self, period: Duration) -> Self {
        self.set(|settings| settings.cleanup_every = Some(period))
    }

    /// No task deletes expired rows: for those who call [`PostgresStore::clean_up`].
    pub fn without_cleanup(self) -> Self {
        self.set(|settings| settings.cleanup_every = None)
    }

    /// Whether the store creates missing tables when it connects; it does unless this is `false`. Then
    /// [`PostgresStore::migrate`] creates them, or an administrator does with [`PostgresStore::sql_of_tables`].
    pub fn create_tables(self, create: bool) -> Self {
        self.set(|settings| settings.create_tables = create)
    }

    /// For PgBouncer in transaction mode, and poolers like it, which may give each transaction another connection to
    /// the database. The store then uses no prepared statement across transactions and sends no startup parameter
    /// that PgBouncer refuses. Each call takes two more round trips.
    pub fn transaction_pooling(self) -> Self {
        self.set(|settings| settings.transaction_pooling = true)
    }

    /// The store. It connects with its first call.
    ///
    /// # Errors
    ///
    /// If a setting is not valid. The error does not repeat the address.
    pub fn open(self) -> Result<PostgresStore, StoreError> {
        self.settings.map(PostgresStore::new)
    }

    /// The store, connected, with its tables.
    ///
    /// # Errors
    ///
    /// If a setting is not valid, the database cannot be reached, or the tables cannot be created.
    pub async fn connect(self) -> Result<PostgresStore, StoreError> {
        let store = self.open()?;
        store.pool().await?;
        Ok(store)
    }
}

impl fmt::Debug for PostgresStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PostgresStoreBuilder");
        if let Ok(settings) = &self.settings {
            shown
                .field("table_prefix", &settings.prefix.to_string())
                .field("max_connections", &settings.max_connections)
                .field("time_limit", &settings.time_limit)
                .field("cleanup_every", &settings.cleanup_every)
                .field("create_tables", &settings.create_tables)
                .field("transaction_pooling", &settings.transaction_pooling);
        }
        shown.finish_non_exhaustive()
    }
}
