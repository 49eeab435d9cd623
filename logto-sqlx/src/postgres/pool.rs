//! The pool of connections that the store makes itself.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _};

use super::connection::Call;
use super::settings::{Settings, Source};

/// A connection that was idle for longer may have been lost without notice, so it is tested first.
const FRESH: Duration = Duration::from_secs(1);
/// How long making a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

impl Settings {
    /// A call of the store. Behind a pooler, a statement and its parameters reach the same connection in one transaction
    /// alone.
    pub(super) fn call(&self) -> Call {
        Call {
            limit: self.time_limit,
            lock_limit: self.time_limit,
            transaction: self.transaction_pooling,
            persistent: !self.transaction_pooling,
        }
    }

    /// The application's pool, or a new one without a connection.
    pub(super) fn pool(&self) -> PgPool {
        let options = match &self.source {
            Source::Pool(pool) => return pool.clone(),
            Source::Address(options) => self.connect_options(options.as_ref().clone()),
        };
        PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.time_limit.max(CONNECT_LIMIT))
            .test_before_acquire(false)
            .before_acquire(|connection, idle| {
                Box::pin(async move {
                    if idle.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options)
    }

    /// Closes a pool that this call has made, and leaves one of the application open.
    pub(super) fn close(&self, pool: PgPool) {
        if matches!(self.source, Source::Address(_)) {
            // It waits for its connections, which end in bounds.
            tokio::spawn(async move { pool.close().await });
        }
    }

    fn connect_options(&self, options: PgConnectOptions) -> PgConnectOptions {
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("logto-sqlx"),
        };
        let options = options.disable_statement_logging();
        if self.transaction_pooling {
            // PgBouncer knows neither of these parameters.
            return options.extra_float_digits(None);
        }
        let limit = format!("{}ms", self.time_limit.as_millis().max(1));
        options.options([
            ("statement_timeout", limit.as_str()),
            ("lock_timeout", limit.as_str()),
            ("idle_in_transaction_session_timeout", "60s"),
            ("default_transaction_isolation", "read committed"),
        ])
    }
}
