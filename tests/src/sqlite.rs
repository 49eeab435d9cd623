//! A SQLite file of one's own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use logto_sqlx::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use logto_sqlx::sqlx::{AssertSqlSafe, ConnectOptions, Executor, raw_sql};

/// The path of a file in a directory of its own, which goes with this value.
pub struct SqliteFile {
    directory: PathBuf,
}

impl SqliteFile {
    /// No file yet.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("logto-sqlite-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        SqliteFile { directory }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.directory.join("sessions.db")
    }

    /// The directory that it is in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A connection past the store. It waits for others as long as it takes.
    pub async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path()).create_if_missing(true);
        let patient = options.busy_timeout(Duration::from_secs(60)).disable_statement_logging();
        patient.connect().await.expect("a connection with SQLite")
    }

    /// Runs statements past the store.
    pub async fn run(&self, statements: &str) {
        let done = self.connection().await.execute(raw_sql(AssertSqlSafe(statements.to_owned()))).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }
}

impl Default for SqliteFile {
    fn default() -> Self {
        SqliteFile::new()
    }
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        // What is left in the directory of temporary files is nobody's failure.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
