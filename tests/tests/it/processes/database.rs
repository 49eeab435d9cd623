//! Where the processes keep their sessions, and what can happen to it.

use std::time::Duration;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use logto_sqlx::sqlx::{Connection, Executor, raw_sql};
use rocket::figment::Figment;
use serde_json::{Value, json};

#[cfg(feature = "postgres")]
use logto_tests::PostgresDatabase;
#[cfg(feature = "redis")]
use logto_tests::RedisServer;
#[cfg(feature = "sqlite")]
use logto_tests::SqliteFile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    #[cfg(feature = "redis")]
    Redis,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlite")]
    Sqlite,
}

pub(crate) enum Database {
    #[cfg(feature = "redis")]
    Redis(RedisServer),
    #[cfg(feature = "postgres")]
    Postgres(PostgresDatabase),
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteFile),
}

/// Writes wait until this ends.
pub(crate) enum RefusedWrites<'a> {
    #[cfg(feature = "redis")]
    Redis(&'a RedisServer),
    #[cfg(feature = "postgres")]
    Postgres(&'a PostgresDatabase, logto_sqlx::sqlx::PgConnection),
    #[cfg(feature = "sqlite")]
    Sqlite(logto_sqlx::sqlx::SqliteConnection, std::marker::PhantomData<&'a ()>),
}

/// All tables of the SQL stores.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
const EMPTY_ALL: &str =
    "DELETE FROM logto_sessions; DELETE FROM logto_leases; DELETE FROM logto_claims; DELETE FROM logto_marks";

#[cfg(feature = "postgres")]
const SHORTEST: Duration = Duration::from_secs(2);

impl Database {
    pub(crate) async fn start(kind: Kind) -> Self {
        match kind {
            #[cfg(feature = "redis")]
            Kind::Redis => Database::Redis(RedisServer::start().await),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Database::Postgres(PostgresDatabase::create().await),
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => Database::Sqlite(SqliteFile::new()),
        }
    }

    /// The settings with sessions in this database. A SQL store is passed to the fairing.
    pub(crate) fn holds_sessions(&self, figment: Figment) -> Figment {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(_) => figment.merge(("logto.session_store", "redis")),
            #[cfg(any(feature = "postgres", feature = "sqlite"))]
            _ => figment,
        }
    }

    /// The settings that name it, where settings can.
    pub(crate) fn named_in(&self, figment: Figment) -> Figment {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => figment.merge(("logto.redis_url", server.url())),
            // A new connection with PostgreSQL is a new process of its, so it takes longer on a busy machine.
            #[cfg(feature = "postgres")]
            Database::Postgres(_) if limit(&figment) < SHORTEST => {
                figment.merge(("logto.store_timeout", format!("{}ms", SHORTEST.as_millis())))
            }
            #[cfg(any(feature = "postgres", feature = "sqlite"))]
            _ => figment,
        }
    }

    /// What a process passes to the fairing.
    pub(crate) fn store_settings(&self, figment: &Figment) -> Value {
        let limit = u64::try_from(limit(figment).as_millis()).expect("a small number");
        let mut settings = json!({ "time_limit_ms": limit });
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(_) => {}
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => settings["postgres"] = database.url_through_proxy().into(),
            #[cfg(feature = "sqlite")]
            Database::Sqlite(file) => settings["sqlite"] = file.path().display().to_string().into(),
        }
        settings
    }

    /// From now on writes wait. What reads goes on.
    pub(crate) async fn refuse_writes(&self) -> RefusedWrites<'_> {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => {
                let () = server.command(&["CLIENT", "PAUSE", "600000", "WRITE"]).await;
                RefusedWrites::Redis(server)
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => {
                let mut connection = database.connection().await;
                let lock = "BEGIN; LOCK TABLE logto_sessions, logto_leases, logto_claims, logto_marks IN EXCLUSIVE MODE";
                connection.execute(raw_sql(lock)).await.expect("locked");
                RefusedWrites::Postgres(database, connection)
            }
            #[cfg(feature = "sqlite")]
            Database::Sqlite(file) => {
                let mut connection = file.connection().await;
                connection.execute(raw_sql("BEGIN IMMEDIATE")).await.expect("locked");
                RefusedWrites::Sqlite(connection, std::marker::PhantomData)
            }
        }
    }

    /// Nothing is answered any more.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(crate) fn pause(&self) {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => server.pause(),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.proxy().hang(),
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => panic!("SQLite runs in the process"),
        }
    }

    /// Answers again.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(crate) fn resume(&self) {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => server.resume(),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.proxy().resume(),
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => panic!("SQLite runs in the process"),
        }
    }

    /// Comes back empty, as after a restart without its data. All connections are lost.
    pub(crate) async fn lose_everything(&mut self) {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => server.run().await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => {
                database.run(EMPTY_ALL).await;
                database.end_connections().await;
            }
            #[cfg(feature = "sqlite")]
            Database::Sqlite(file) => file.run(EMPTY_ALL).await,
        }
    }

    /// Every lease is gone.
    pub(crate) async fn lose_leases(&self) {
        match self {
            #[cfg(feature = "redis")]
            Database::Redis(server) => {
                for key in server.keys().await.iter().filter(|key| key.starts_with("logto:lease:")) {
                    let _: i64 = server.command(&["DEL", key]).await;
                }
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.run("DELETE FROM logto_leases").await,
            #[cfg(feature = "sqlite")]
            Database::Sqlite(file) => file.run("DELETE FROM logto_leases").await,
        }
    }
}

/// How long the application waits for its store.
fn limit(figment: &Figment) -> Duration {
    let written: String = figment.extract_inner("logto.store_timeout").expect("a setting");
    let milliseconds = written.strip_suffix("ms").and_then(|number| number.parse().ok());
    let seconds = || written.strip_suffix('s').and_then(|number| number.parse().ok());
    milliseconds
        .map(Duration::from_millis)
        .or_else(|| seconds().map(Duration::from_secs))
        .expect("a length of time")
}

impl RefusedWrites<'_> {
    /// Writes are taken again. Who has hung up by now is forgotten.
    pub(crate) async fn end(self) {
        match self {
            #[cfg(feature = "redis")]
            RefusedWrites::Redis(server) => {
                let () = server.command(&["CLIENT", "UNPAUSE"]).await;
            }
            #[cfg(feature = "postgres")]
            RefusedWrites::Postgres(database, connection) => {
                // PostgreSQL does not notice that a client is gone while its statement waits for a lock.
                // `statement_timeout` ends the wait.
                logto_tests::until_async("no statement waits", async || database.waiting().await == 0).await;
                connection.close().await.expect("closed");
            }
            #[cfg(feature = "sqlite")]
            RefusedWrites::Sqlite(connection, _) => connection.close().await.expect("closed"),
        }
    }
}
