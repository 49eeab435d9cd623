//! The application and the file of tests that the chapter on testing shows.

#![allow(clippy::unwrap_used, reason = "where a helper panics, a test fails")]

extern crate self as my_app;

/// The application.
#[path = "chapter/app.rs"]
pub mod app;
pub use app::rocket;
#[path = "chapter/sign_in.rs"]
mod sign_in;

const CHAPTER: &str = include_str!("../docs/testing.md");
const APP: &str = include_str!("chapter/app.rs");
const TESTS: &str = include_str!("chapter/sign_in.rs");

#[test]
fn the_chapter_shows_these_files() {
    assert!(CHAPTER.contains(APP), "docs/testing.md does not show tests/chapter/app.rs as it is");
    assert!(CHAPTER.contains(TESTS), "docs/testing.md does not show tests/chapter/sign_in.rs as it is");
}

#[test]
fn the_file_of_tests_is_as_short_as_the_chapter_says() {
    let lines = TESTS.lines().filter(|line| !line.is_empty()).count();
    assert!(CHAPTER.contains(&format!("{lines} lines")), "the file has {lines} lines");
    assert!(lines < 40, "the file has {lines} lines");
}
