//! Statements with their parameters.
//!
//! A statement of SQLite runs to its end in a thread, even when the call that waits for it has reached its time limit.
//! The connection then goes back to the pool after that, as `busy_timeout` bounds the wait.

use std::fmt::Write;
use std::sync::Arc;

use logto_rocket::store::StoreKey;
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Executor, FromRow, query, query_as};

use crate::session_store::Parameter;
use crate::statements::Statement;

/// Runs a statement, and counts the rows that it has changed.
pub(super) async fn change(
    pool: &SqlitePool,
    statement: &Statement,
    parameters: &[Parameter<'_>],
) -> Result<u64, sqlx::Error> {
    let query = parameters.iter().fold(query(AssertSqlSafe(Arc::clone(statement))), bound);
    Ok(pool.execute(query).await?.rows_affected())
}

/// Runs a statement, and reads the rows that it returns.
pub(super) async fn rows<T>(
    pool: &SqlitePool,
    statement: &Statement,
    parameters: &[Parameter<'_>],
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let query: QueryAs<'_, Sqlite, T, SqliteArguments> = query_as(AssertSqlSafe(Arc::clone(statement)));
    parameters.iter().fold(query, bound_as).fetch_all(pool).await
}

fn bound<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    parameter: &Parameter<'q>,
) -> Query<'q, Sqlite, SqliteArguments> {
    match *parameter {
        Parameter::Bytes(bytes) => query.bind(bytes),
        Parameter::Perhaps(bytes) => query.bind(bytes),
        Parameter::Number(number) => query.bind(number),
        Parameter::Keys(keys) => query.bind(json(keys)),
    }
}

fn bound_as<'q, T>(
    query: QueryAs<'q, Sqlite, T, SqliteArguments>,
    parameter: &Parameter<'q>,
) -> QueryAs<'q, Sqlite, T, SqliteArguments> {
    match *parameter {
        Parameter::Bytes(bytes) => query.bind(bytes),
        Parameter::Perhaps(bytes) => query.bind(bytes),
        Parameter::Number(number) => query.bind(number),
        Parameter::Keys(keys) => query.bind(json(keys)),
    }
}

/// An array of the keys: SQLite has no parameter for a list.
fn json(keys: &[StoreKey]) -> String {
    let mut json = String::with_capacity(2 + 67 * keys.len());
    let mut separator = '[';
    for key in keys {
        // Writing to a string does not fail.
        let _ = write!(json, "{separator}\"{key}\"");
        separator = ',';
    }
    json.push(']');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_keys_is_an_array() {
        let key = |byte| StoreKey::from_bytes([byte; 32]);
        let (one, ff) = ("01".repeat(32), "ff".repeat(32));
        assert_eq!(json(&[key(1)]), format!("[\"{one}\"]"));
        assert_eq!(json(&[key(1), key(255)]), format!("[\"{one}\",\"{ff}\"]"));
    }
}
