//! The stores that need nothing but Rust, and whether the checks find what is wrong with a store.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod flawed;
mod flaws;
mod memory;
