//! What becomes of sqlx's errors. Nothing that the database says is repeated, as it may name users and values; its
//! error code is.

use logto_rocket::store::StoreError;
use sqlx::Error;

pub(super) fn told(error: Error) -> StoreError {
    match error {
        Error::Io(error) => StoreError::because(UNREACHABLE, error),
        error => StoreError::new(what(&error)),
    }
}

const UNREACHABLE: &str = "PostgreSQL cannot be reached";
const TOO_LATE: &str = "PostgreSQL did not respond in time";

/// What happened, in words.
pub(super) fn what(error: &Error) -> String {
    let what = match error {
        Error::Database(error) => return of_code(&error.code().unwrap_or_default()),
        Error::Io(_) => UNREACHABLE,
        Error::PoolTimedOut => "PostgreSQL cannot be reached, or all connections were in use",
        Error::PoolClosed => "the pool of connections was closed",
        Error::Tls(_) => "TLS with PostgreSQL failed: check `sslmode` and `sslrootcert` in its address",
        Error::ColumnDecode { .. } | Error::Decode(_) => crate::session_store::FOREIGN,
        Error::Protocol(_) => {
            "PostgreSQL sent something unexpected; behind PgBouncer in transaction mode, use `transaction_pooling()`"
        }
        _ => "a call of PostgreSQL failed",
    };
    what.to_owned()
}

pub(super) fn too_late() -> StoreError {
    StoreError::new(TOO_LATE)
}

/// The codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_code(code: &str) -> String {
    let what = match code {
        "57014" | "55P03" => return TOO_LATE.to_owned(),
        "28P01" | "28000" => "PostgreSQL refused the user or the password",
        "3D000" => "the database does not exist",
        "42501" => "the user of the database lacks a privilege on the tables",
        "3F000" => {
            "no schema of the `search_path` exists or may be used: create the schema and grant `USAGE` on it, or set another \
             `search_path`"
        }
        "42P01" | "42703" => {
            "its tables are missing or incomplete: create them with `migrate()` or with the SQL of `sql_of_tables`"
        }
        "25006" => "this PostgreSQL is read-only: the address has to lead to the primary",
        "53300" => "PostgreSQL has no connection left",
        "53100" | "53200" => "PostgreSQL has no disk space or no memory left",
        "57P01" | "57P02" | "57P03" => "PostgreSQL is starting or shutting down",
        "40P01" => "PostgreSQL ended the statement because of a deadlock, and nothing was written",
        "40001" => {
            "PostgreSQL refused to serialize the statement: the isolation level must be READ COMMITTED"
        }
        "26000" | "42P05" | "08P01" => {
            "a prepared statement was lost; behind PgBouncer in transaction mode, use `transaction_pooling()`"
        }
        _ => "PostgreSQL responded with an error",
    };
    format!("{what} (SQLSTATE {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_advice_or_at_least_its_number() {
        assert_eq!(of_code("57014"), TOO_LATE);
        assert_eq!(of_code("28P01"), "PostgreSQL refused the user or the password (SQLSTATE 28P01)");
        assert_eq!(of_code("XX000"), "PostgreSQL responded with an error (SQLSTATE XX000)");
        assert!(of_code("42P01").contains("migrate()"));
    }
}
