//! What a guard adds to a request, against committed numbers: allocations, and instructions where there is valgrind. So
//! a regression shows on a machine that is too busy for `cargo xtask bench`.
//!
//! A binary of its own, because it counts with an allocator of its own. Only the thread of the request is counted.
#![allow(clippy::expect_used, reason = "where a helper panics, a test fails")]

mod allocations;
mod app;
mod instructions;
