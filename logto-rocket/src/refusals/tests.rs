//! Keeps `docs/refusals.md` in step with the code: the tables are generated from it.

use std::collections::BTreeMap;
use std::path::Path;

use rocket::http::Status;

use super::endpoint::EndpointRefusal;
use crate::error::InvalidToken;
use crate::guard::RedirectLoop;
use crate::guard::challenge::Challenge;
use crate::guard::{Refusal, WebhookRefusal};

/// If set to `overwrite`, the tables are written instead of compared.
const VARIABLE: &str = "REFUSALS_PAGE";

#[test]
fn the_page_lists_every_refusal_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/refusals.md");
    let written = std::fs::read_to_string(&path).expect("the page is there");
    let made = tables().into_iter().fold(written.clone(), |page, (name, table)| fill(&page, name, &table));
    if std::env::var(VARIABLE).as_deref() == Ok("overwrite") {
        std::fs::write(&path, made).expect("the page can be written");
        return;
    }
    assert!(
        written == made,
        "docs/refusals.md differs from the code; run `{VARIABLE}=overwrite cargo test -p logto-rocket --lib refusals`"
    );
}

/// Replaces the text between `<!-- name -->` and `<!-- end -->`.
fn fill(page: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- {name} -->\n");
    let (before, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("the page has no {mark}"));
    let (_, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{name} has no end"));
    format!("{before}{mark}\n{table}\n<!-- end -->{after}")
}

fn tables() -> Vec<(&'static str, String)> {
    vec![
        ("guards", guards()),
        ("tokens", tokens()),
        ("redirect loops", redirect_loops()),
        ("endpoints", endpoints()),
        ("webhooks", webhooks()),
    ]
}

fn guards() -> String {
    let mut table =
        "| code | status | header | title | when | what to do |\n|---|---|---|---|---|---|\n".to_owned();
    for (refusal, when) in Refusal::ROWS {
        table += &row(&[
            &format!("`{}`", refusal.code()),
            &status(refusal.status()),
            &header(*refusal),
            refusal.title(),
            when,
            refusal.help(),
        ]);
    }
    table
}

fn tokens() -> String {
    let mut table = "| code | what is wrong with the token | what to do |\n|---|---|---|\n".to_owned();
    for reason in InvalidToken::ALL {
        let code = format!("`{}`", Refusal::InvalidToken(*reason).code());
        table += &row(&[&code, reason.what(), Refusal::InvalidToken(*reason).help()]);
    }
    table
}

fn redirect_loops() -> String {
    let mut table = "| code | status | when | what the page says |\n|---|---|---|---|\n".to_owned();
    for (end, when) in RedirectLoop::ROWS {
        let text = format!("{}. {}", end.title(), end.help());
        table += &row(&[&format!("`{}`", end.code()), &status(end.status()), when, &text]);
    }
    table
}

fn endpoints() -> String {
    let mut table = "| code | status | when | what the answer says |\n|---|---|---|---|\n".to_owned();
    for (refusal, when) in EndpointRefusal::ROWS {
        let text = format!("{} {}", sentence(refusal.title()), refusal.help());
        table += &row(&[&format!("`{}`", refusal.code()), &status(refusal.status()), when, &text]);
    }
    table
}

fn webhooks() -> String {
    let mut table = "| code | status | when | what to do |\n|---|---|---|---|\n".to_owned();
    for (failure, when) in WebhookRefusal::ROWS {
        table += &row(&[&format!("`{}`", failure.code()), &status(failure.status()), when, failure.help()]);
    }
    table
}

fn sentence(text: &str) -> String {
    if text.ends_with('?') { text.to_owned() } else { format!("{text}.") }
}

fn status(status: Status) -> String {
    format!("{}", status.code)
}

fn header(refusal: Refusal) -> String {
    match Challenge::of(refusal) {
        Challenge::None => String::new(),
        Challenge::RetryAfter => "`Retry-After`".to_owned(),
        Challenge::Bearer(None) => "`Bearer`".to_owned(),
        Challenge::Bearer(Some(error)) => format!("`Bearer error=\"{error}\"`"),
    }
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.iter().map(|cell| cell.trim()).collect::<Vec<_>>().join(" | "))
}

/// Two refusals share a code only if they mean the same. They then share the status, too.
#[test]
fn o04_codes_are_unique_and_fit_for_programs() {
    let guards: Vec<_> = Refusal::ROWS
        .iter()
        .map(|(refusal, _)| (refusal.code(), refusal.status()))
        .chain(InvalidToken::ALL.iter().map(|reason| (reason.code(), Status::Unauthorized)))
        .chain(RedirectLoop::ROWS.iter().map(|(end, _)| (end.code(), end.status())))
        .collect();
    let endpoints: Vec<_> =
        EndpointRefusal::ROWS.iter().map(|(refusal, _)| (refusal.code(), refusal.status())).collect();
    let webhooks: Vec<_> =
        WebhookRefusal::ROWS.iter().map(|(failure, _)| (failure.code(), failure.status())).collect();
    let mut known: BTreeMap<&str, Status> = BTreeMap::new();
    for of_one_kind in [&guards, &endpoints, &webhooks] {
        let distinct: std::collections::BTreeSet<_> = of_one_kind.iter().map(|(code, _)| code).collect();
        assert_eq!(distinct.len(), of_one_kind.len(), "a code is used twice: {of_one_kind:?}");
        for (code, status) in of_one_kind {
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
            assert_eq!(*known.entry(code).or_insert(*status), *status, "{code}");
        }
    }
}

/// Titles are sent in headers as they are (RFC 6750 §3, RFC 9457).
#[test]
fn f29_texts_are_fit_for_headers() {
    let titles = Refusal::ROWS.iter().map(|(refusal, _)| refusal.title().to_owned());
    for text in titles.chain(InvalidToken::ALL.iter().map(|reason| reason.what().to_owned())) {
        assert!(text.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\')), "{text}");
    }
}
