//! The connections that the store makes itself.

use std::time::Duration;

use logto_rocket::store::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, query_scalar};
use tokio::time::{Instant, sleep};

use super::errors::{is_busy, told};
use super::settings::{Settings, Source};

/// How long opening the file may take while other processes open it as well.
const OPEN_LIMIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// One connection that writes, so that the calls of this process wait in a queue and not for a lock; and some that read.
pub(super) struct Pools {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl Settings {
    pub(super) async fn pools(&self) -> Result<Pools, StoreError> {
        let options = match &self.source {
            Source::Pool(pool) => return Ok(Pools { writer: pool.clone(), readers: pool.clone() }),
            Source::File(options) => self.connect_options(options.as_ref().clone()),
        };
        let pool = |most| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .acquire_timeout(self.time_limit.max(OPEN_LIMIT))
                // A file has no connection that could be lost.
                .test_before_acquire(false)
                .max_lifetime(None)
        };
        let writer = pool(1).connect_lazy_with(options.clone().create_if_missing(true));
        use_write_ahead_log(&writer).await.map_err(|error| told(&error))?;
        Ok(Pools { writer, readers: pool(self.max_readers).connect_lazy_with(options) })
    }

    fn connect_options(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        let synchronous =
            if self.synchronous_full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
        options.busy_timeout(self.time_limit).synchronous(synchronous).disable_statement_logging()
    }
}

/// The file remembers it. SQLite does not wait for others while it switches, so this does.
async fn use_write_ahead_log(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let begun = Instant::now();
    loop {
        let mode = match query_scalar::<_, String>("PRAGMA journal_mode = WAL").fetch_one(writer).await {
            Err(error) if is_busy(&error) && begun.elapsed() < OPEN_LIMIT => {
                sleep(PAUSE).await;
                continue;
            }
            outcome => outcome?,
        };
        if mode != "wal" {
            tracing::warn!(target: "logto", "the SQLite file of the session store cannot have a write-ahead log, so reads have to wait for writes: keep it on a local file system");
        }
        return Ok(());
    }
}
