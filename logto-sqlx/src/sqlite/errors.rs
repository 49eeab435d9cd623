//! What becomes of sqlx's errors. What SQLite says is not repeated; its error code is.

use logto_rocket::store::StoreError;
use sqlx::Error;

pub(super) fn told(error: &Error) -> StoreError {
    StoreError::new(what(error))
}

const TOO_LATE: &str = "SQLite did not complete the call in time, as others were writing to the file";

/// What happened, in words.
pub(super) fn what(error: &Error) -> String {
    let what = match error {
        Error::Database(error) => return of_code(error.code().and_then(|code| code.parse().ok())),
        Error::PoolTimedOut => TOO_LATE,
        Error::PoolClosed => "the pool of connections was closed",
        Error::ColumnDecode { .. } | Error::Decode(_) => crate::session_store::FOREIGN,
        _ => "a call of SQLite failed",
    };
    what.to_owned()
}

pub(super) fn too_late() -> StoreError {
    StoreError::new(TOO_LATE)
}

/// Whether somebody else has locked the file.
pub(super) fn is_busy(error: &Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse().ok());
    code.is_some_and(|code: u32| matches!(code & 0xff, 5 | 6))
}

/// The codes of <https://sqlite.org/rescode.html>; their lowest eight bits say what kind of error it is.
fn of_code(code: Option<u32>) -> String {
    let Some(code) = code else { return "SQLite failed".to_owned() };
    let what = match code & 0xff {
        5 | 6 => return TOO_LATE.to_owned(),
        1 => "SQLite refused a statement: its tables are missing or not those of this crate",
        8 => "the file or its directory is read-only",
        10 => "the file cannot be read or written",
        11 | 26 => "the file is damaged or is not an SQLite database",
        13 => "the disk is full",
        14 => "the file cannot be opened: check its path and the permissions of its directory",
        _ => "SQLite responded with an error",
    };
    format!("{what} (SQLite error {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_kind() {
        assert_eq!(of_code(Some(5 | (2 << 8))), TOO_LATE);
        assert_eq!(
            of_code(Some(14)),
            "the file cannot be opened: check its path and the permissions of its directory (SQLite error 14)"
        );
        assert_eq!(of_code(Some(10 | (3 << 8))), "the file cannot be read or written (SQLite error 778)");
        assert_eq!(of_code(None), "SQLite failed");
    }
}
