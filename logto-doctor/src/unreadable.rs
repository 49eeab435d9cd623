//! Why a configuration file cannot be read, without its lines: they contain secrets.

use std::path::Path;

use rocket::figment::error::Error;
use toml_edit::{DocumentMut, TomlError};

/// Figment's error repeats the line of the file that it does not understand, so the file is parsed again.
pub(crate) fn explain(error: &Error) -> String {
    let path = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref()?.file_path());
    let Some(path) = path else { return "the settings cannot be read".to_owned() };
    explain_file(path)
}

fn explain_file(path: &Path) -> String {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return format!("the settings cannot be read from {shown}: {error}"),
    };
    match text.parse::<DocumentMut>() {
        Err(error) => {
            let (line, column) = position(&text, &error);
            let message = error.message().trim().replace('\n', ", ");
            format!("the settings cannot be read from {shown}: line {line}, column {column}: {message}")
        }
        Ok(_) => {
            format!("the settings cannot be read from {shown}: a profile is not a table such as [default]")
        }
    }
}

/// Line and column of a syntax error, counted from 1.
fn position(text: &str, error: &TomlError) -> (usize, usize) {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
