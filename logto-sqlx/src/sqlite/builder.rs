//! Opens a store with settings.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::SqliteStore;
use super::settings::{Settings, Source};
use crate::prefix::Prefix;

impl SqliteStore {
    /// A store in the file with this path, or with this address: `sqlite:sessions.db`. Nothing is opened until the
    /// first call.
    ///
    /// # Errors
    ///
    /// If there is no path, or it means a database in memory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// The same as [`open`](Self::open), and opens the file and creates the tables now.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or created, or is no SQLite database.
    pub async fn connect(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).connect().await
    }

    /// Settings for a store in this file.
    ///
    /// ```
    /// use std::time::Duration;
    /// use logto_sqlx::SqliteStore;
    ///
    /// # fn main() -> Result<(), logto_rocket::store::StoreError> {
    /// let store = SqliteStore::builder("sessions.db")
    ///     .table_prefix("shop_")
    ///     .time_limit(Duration::from_secs(1))
    ///     .cleanup_every(Duration::from_secs(60))
    ///     .synchronous_full()
    ///     .open()?;
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(path: impl AsRef<Path>) -> SqliteStoreBuilder {
        SqliteStoreBuilder::with_path(path.as_ref())
    }

    /// Settings for a store with a pool of the application. Those that concern connections have no effect.
    pub fn builder_with_pool(pool: SqlitePool) -> SqliteStoreBuilder {
        SqliteStoreBuilder::with_pool(pool)
    }
}

/// The settings of a [`SqliteStore`].
#[must_use = "settings alone open nothing"]
pub struct SqliteStoreBuilder {
    /// The settings, or the first error.
    settings: Result<Settings, StoreError>,
}

impl SqliteStoreBuilder {
    pub(super) fn with_path(path: &Path) -> Self {
        let options = match path.to_str().filter(|path| path.starts_with("sqlite:")) {
            Some(address) => SqliteConnectOptions::from_str(address).ok(),
            None => Some(SqliteConnectOptions::new().filename(path)),
        };
        // The connections of the store would each have a database of their own in memory.
        let in_memory = |text: &str| text.contains(":memory:") || text.contains("mode=memory");
        let is_file = |options: &SqliteConnectOptions| {
            !options.get_filename().as_os_str().is_empty() && !path.to_str().is_some_and(in_memory)
        };
        let settings = options.filter(is_file).map(|options| Settings::new(Source::File(Box::new(options))));
        let unreadable = || {
            StoreError::new(
                "sessions in SQLite need the path of a file; for sessions in memory use `MemoryStore`",
            )
        };
        SqliteStoreBuilder { settings: settings.ok_or_else(unreadable) }
    }

    pub(super) fn with_pool(pool: SqlitePool) -> Self {
        SqliteStoreBuilder { settings: Ok(Settings::with_pool(pool)) }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Ok(settings) = &mut self.settings {
            change(settings);
        }
        self
    }

    /// What the names of the tables begin with; `logto_` unless it is set. Applications that share a file and are not
    /// to share sessions need one each. 1 to 40 lowercase letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Self {
        match (Prefix::new(prefix), &mut self.settings) {
            (Ok(prefix), Ok(settings)) => settings.prefix = prefix,
            (Err(error), Ok(_)) => self.settings = Err(error),
            (_, Err(_)) => {}
        }
        self
    }

    /// How many connections read at the same time; 4 unless it is set. One more writes.
    pub fn max_readers(self, most: u32) -> Self {
        self.set(|settings| settings.max_readers = most.max(1))
    }

    /// How long a call may take, including the wait for others who write; 500 ms unless it is set. It also becomes
    /// the `busy_timeout` of the connections.
    ///
    /// The application has the setting `store_timeout` besides, of 500 ms as well: set both to wait longer.
    pub fn time_limit(self, limit: Duration) -> Self {
        self.set(|settings| settings.time_limit = limit)
    }

    /// How often a task deletes expired rows; every 5 minutes unless it is set. Each process has such a task, and
    /// they do not get in each other's way. Rows that have ended count as missing before they are deleted. The file
    /// does not become smaller; its free space is used again.
    pub fn cleanup_every(self, period: Duration) -> Self {
        self.set(|settings| settings.cleanup_every = Some(period))
    }

    /// No task deletes expired rows: for those who call [`SqliteStore::clean_up`].
    pub fn without_cleanup(self) -> Self {
        self.set(|settings| settings.cleanup_every = None)
    }

    /// Whether the store creates missing tables when it opens the file; it does unless this is `false`. Then
    /// [`SqliteStore::migrate`] creates them.
    pub fn create_tables(self, create: bool) -> Self {
        self.set(|settings| settings.create_tables = create)
    }

    /// A call returns only once its change is on the disk: `PRAGMA synchronous = FULL`. Without it, a loss of power may
    /// undo the last changes. Writing takes longer by the time that the disk needs.
    pub fn synchronous_full(self) -> Self {
        self.set(|settings| settings.synchronous_full = true)
    }

    /// The store. It opens the file with its first call.
    ///
    /// # Errors
    ///
    /// If a setting is not valid.
    pub fn open(self) -> Result<SqliteStore, StoreError> {
        self.settings.map(SqliteStore::new)
    }

    /// The store, with its file open, and with its tables.
    ///
    /// # Errors
    ///
    /// If a setting is not valid, or the file cannot be opened, created or written.
    pub async fn connect(self) -> Result<SqliteStore, StoreError> {
        let store = self.open()?;
        store.pools().await?;
        Ok(store)
    }
}

impl fmt::Debug for SqliteStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SqliteStoreBuilder");
        if let Ok(settings) = &self.settings {
            shown
                .field("table_prefix", &settings.prefix.to_string())
                .field("max_readers", &settings.max_readers)
                .field("time_limit", &settings.time_limit)
                .field("cleanup_every", &settings.cleanup_every)
                .field("create_tables", &settings.create_tables)
                .field("synchronous_full", &settings.synchronous_full);
        }
        shown.finish_non_exhaustive()
    }
}
