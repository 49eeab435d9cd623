//! The settings of the store.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool};

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
    pub(super) fn new(source: Source) -> Self {
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
