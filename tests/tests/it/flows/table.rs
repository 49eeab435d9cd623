//! Tables of answers: one row for each route, one column for each caller.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::Answer;

/// The answers that one caller gets.
pub(crate) struct Column {
    pub(crate) who: String,
    /// Method, path, and the expected status with the code of a refusal.
    pub(crate) cells: Vec<(String, String, String)>,
}

/// Reads a table: columns are separated by bars, the first row names the callers, the first column the routes.
pub(crate) fn read(table: &str) -> Vec<Column> {
    let rows: Vec<Vec<String>> = table
        .lines()
        .filter(|line| line.contains('|'))
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    let (head, rows) = rows.split_first().unwrap();
    assert!(rows.iter().all(|row| row.len() == head.len()), "each row has a cell for each caller");
    let column = |index: usize| Column {
        who: head[index].clone(),
        cells: rows
            .iter()
            .map(|row| {
                let (method, path) = row[0].split_once(' ').unwrap();
                let path = path.replace("{acme}", ACME).replace("{globex}", GLOBEX);
                (method.to_owned(), path, row[index].clone())
            })
            .collect(),
    };
    (1..head.len()).map(column).collect()
}

/// What an answer is in a table: the status, and the code of a refusal.
pub(crate) fn cell(answer: &Answer) -> String {
    let code = if answer.status >= 400 { answer.code() } else { String::new() };
    format!("{} {code}", answer.status).trim().to_owned()
}
