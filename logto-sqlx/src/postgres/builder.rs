//! Opens a store with settings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgPool};

use super::PostgresStore;
use super::settings::{Settings, Source};
use crate::prefix::Prefix;

impl PostgresStore {
    /// A store in the PostgreSQL at this address: `postgres://user:password@host:5432/database`. Nothing is connected
    /// until the first call.
    ///
    /// # Errors
    ///
    /// If the address cannot be parsed. The error does not repeat it.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).open()
    }

    /// The same as [`open`](Self::open), and connects and creates the tables now.
    ///
    /// # Errors
    ///
    /// If the address cannot be parsed, the database cannot be reached, or the tables cannot be created.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).connect().await
    }

    /// Settings for a store at this address.
    ///
    /// ```
    /// use std::time::Duration;
    /// use logto_sqlx::PostgresStore;
    ///
    /// # fn main() -> Result<(), logto_rocket::store::StoreError> {
    /// let store = PostgresStore::builder("postgres://shop:password@db.internal/shop")
    ///     .table_prefix("shop_")
    ///     .max_connections(20)
    ///     .time_limit(Duration::from_millis(250))
    ///     .cleanup_every(Duration::from_secs(60))
    ///     .open()?;
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: &str) -> PostgresStoreBuilder {
        PostgresStoreBuilder::with_url(url)
    }

    /// Settings for a store with a pool of the application. [`max_connections`](PostgresStoreBuilder::max_connections) has
    /// no effect. [`transaction_pooling`](PostgresStoreBuilder::transaction_pooling) has: each call then is one
    /// transaction, with its isolation level and time limit, and without a prepared statement that outlives it. The
    /// pool itself must then send no startup parameter that PgBouncer refuses.
    pub fn builder_with_pool(pool: PgPool) -> PostgresStoreBuilder {
        PostgresStoreBuilder::with_pool(pool)
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
