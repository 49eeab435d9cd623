//! The suites that depend most on what Rocket's macros and guards do, and the code that must compile with it.

// For `pass/renamed.rs`.
extern crate logto_rocket as auth;
extern crate rocket as server;

#[path = "../tests/it/access/mod.rs"]
mod access;
#[path = "../tests/it/attributes/mod.rs"]
mod attributes;
#[path = "../ui/pass/mod.rs"]
#[allow(dead_code, reason = "cases say what they deny")]
pub mod pass;
