//! Where both processes keep their sessions.

use std::path::PathBuf;

use crate::Outcome;
use crate::postgres::Postgres;
use crate::processes::Directory;
use crate::redis::Redis;

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Redis,
    Postgres,
}

/// A server of its own, in a directory that only this user may enter. It goes with this value.
pub(crate) struct Database {
    server: Server,
    // Dropped after the server.
    directory: Directory,
}

enum Server {
    Redis(Redis),
    Postgres(Postgres),
}

impl Database {
    pub(crate) async fn start(kind: Kind) -> Outcome<Database> {
        let directory = Directory::create()?;
        let server = match kind {
            Kind::Redis => Server::Redis(Redis::start(&directory).await?),
            Kind::Postgres => Server::Postgres(Postgres::start(&directory).await?),
        };
        Ok(Database { server, directory })
    }

    pub(crate) fn name(&self) -> &'static str {
        match &self.server {
            Server::Redis(_) => "Redis",
            Server::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn url(&self) -> String {
        match &self.server {
            Server::Redis(redis) => redis.url(),
            Server::Postgres(postgres) => postgres.url(),
        }
    }

    /// The address for the setting `redis_url`.
    pub(crate) fn redis_url(&self) -> Option<String> {
        matches!(self.server, Server::Redis(_)).then(|| self.url())
    }

    /// The address for [`logto_sqlx::PostgresStore`].
    pub(crate) fn postgres_url(&self) -> Option<String> {
        matches!(self.server, Server::Postgres(_)).then(|| self.url())
    }

    /// The path of a file that holds `content`.
    pub(crate) fn file(&self, name: &str, content: &str) -> Outcome<PathBuf> {
        self.directory.file(name, content)
    }
}
