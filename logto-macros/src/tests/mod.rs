//! Tests the generated tokens. Whether they compile, and the compile errors, are tested
//! with the compiler, in the workspace's `tests/ui`.

mod expansion;
mod keys;
mod recovery;

use crate::attribute::Kind;
use crate::boundary;
use proc_macro2::TokenStream;

/// The expansion without spaces and last commas, so that tests do not depend on how tokens are printed.
fn expand(kind: Kind, args: TokenStream, item: TokenStream) -> String {
    without_space(&boundary::run(kind, args, item).to_string())
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace(",)", ")")
}

#[track_caller]
fn assert_contains(expansion: &str, expected: &[TokenStream]) {
    for part in expected {
        let part = without_space(&part.to_string());
        assert!(expansion.contains(&part), "no `{part}` in:\n{expansion}");
    }
}

#[track_caller]
fn assert_no_error(expansion: &str) {
    assert!(!expansion.contains("compile_error"), "{expansion}");
}

#[track_caller]
fn assert_one_error(expansion: &str) {
    assert_eq!(expansion.matches("compile_error!").count(), 1, "{expansion}");
}
