//! Signs of life: the audit's events and the counters. The log and the recorder belong to the whole process, so the
//! tests take turns.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod audit;
mod catchers;
mod claims;
mod counters;
mod debug;
mod refusal_app;
mod session_data;
mod sign_in_parameters;
mod silent_sign_in;
mod subjects;
mod told;
mod unopened;

use std::collections::BTreeSet;

use tokio::sync::{Mutex, MutexGuard};

/// One test at a time.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// The page that lists refusals, events and counters.
pub(crate) const PAGE: &str = include_str!("../../../logto-rocket/docs/refusals.md");

/// The codes in the first column of one of the page's generated tables.
pub(crate) fn codes_of(table: &str) -> BTreeSet<String> {
    let (_, rest) = PAGE.split_once(&format!("<!-- {table} -->")).expect("the table");
    let (rows, _) = rest.split_once("<!-- end -->").expect("its end");
    let codes = rows.lines().filter_map(|row| row.strip_prefix("| `")?.split_once('`'));
    codes.map(|(code, _)| code.to_owned()).collect()
}
