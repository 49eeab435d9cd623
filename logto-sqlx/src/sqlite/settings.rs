//! The settings of the store.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::prefix::Prefix;

/// How long a call may take unless it is set.
const TIME_LIMIT: Duration = Duration::from_millis(500);
const MAX_READERS: u32 = 4;
const CLEANUP_EVERY: Duration = Duration::from_secs(300);

/// Where the connections come from.
#[derive(Clone)]
pub(super) enum Source {
    File(Box<SqliteConnectOptions>),
    Pool(SqlitePool),
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) source: Source,
    pub(super) prefix: Prefix,
    pub(super) max_readers: u32,
    pub(super) time_limit: Duration,
    pub(super) cleanup_every: Option<Duration>,
    pub(super) create_tables: bool,
    pub(super) synchronous_full: bool,
}

impl Settings {
    pub(super) fn new(source: Source) -> Self {
        Settings {
            source,
            prefix: Prefix::default(),
            max_readers: MAX_READERS,
            time_limit: TIME_LIMIT,
            cleanup_every: Some(CLEANUP_EVERY),
            create_tables: true,
            synchronous_full: false,
        }
    }

    pub(super) fn with_pool(pool: SqlitePool) -> Self {
        Settings::new(Source::Pool(pool))
    }
}
