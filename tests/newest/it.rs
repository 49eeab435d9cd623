//! The suites that depend most on what Rocket's macros and guards do.

#[path = "../tests/it/access/mod.rs"]
mod access;
#[path = "../tests/it/attributes/mod.rs"]
mod attributes;
