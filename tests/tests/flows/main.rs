//! The storefront from sign-in to sign-out: what each of its routes says to everybody who may come.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod bearers;
mod bodies;
mod journey;
mod people;
mod table;
