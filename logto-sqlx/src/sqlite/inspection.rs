//! What SQLite says about itself and about a file.

use logto_rocket::store::{StoreError, StoreInspection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{ConnectOptions, Connection as _, query_as};

use super::errors::told;

/// The version and the journal mode of a file that is in use.
pub(super) async fn of_pool(pool: &SqlitePool) -> Result<StoreInspection, StoreError> {
    let mut connection = pool.acquire().await.map_err(|error| told(&error))?;
    let (version, journal) = facts(&mut connection).await.map_err(|error| told(&error))?;
    let mut inspection = named(&version, &journal);
    inspection.warnings.extend(warning(&journal));
    Ok(inspection)
}

/// The same of a file that is not open yet. The store will change its journal mode, so there is no warning of it.
pub(super) async fn of_file(options: &SqliteConnectOptions) -> Result<StoreInspection, StoreError> {
    if !options.get_filename().exists() {
        let mut inspection = StoreInspection::default();
        inspection.server = Some("SQLite, and its file does not exist yet".to_owned());
        return Ok(inspection);
    }
    let options = options.clone().create_if_missing(false).disable_statement_logging();
    let mut connection = options.connect().await.map_err(|error| told(&error))?;
    let facts = facts(&mut connection).await;
    // It has done its work.
    let _ = connection.close().await;
    facts.map(|(version, journal)| named(&version, &journal)).map_err(|error| told(&error))
}

async fn facts(connection: &mut SqliteConnection) -> Result<(String, String), sqlx::Error> {
    query_as("SELECT sqlite_version(), journal_mode FROM pragma_journal_mode").fetch_one(connection).await
}

fn named(version: &str, journal: &str) -> StoreInspection {
    let mut inspection = StoreInspection::default();
    inspection.server = Some(format!("SQLite {version}, journal_mode {journal}"));
    inspection
}

fn warning(journal: &str) -> Option<String> {
    match journal {
        "wal" => None,
        "off" | "memory" => Some(format!(
            "journal_mode is {journal}, so a process that is killed can damage the file. Set journal_mode to wal"
        )),
        _ => Some(format!(
            "journal_mode is {journal}, so reads have to wait for writes. Set journal_mode to wal"
        )),
    }
}
