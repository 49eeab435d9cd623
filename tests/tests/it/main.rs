//! The suites that can run beside each other in one process: one module a suite, one binary to link.
//!
//! A suite that reads the log, installs a recorder of metrics or counts allocations changes what others see, so it has a
//! binary of its own beside this one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod access;
mod account;
mod addresses;
mod api_alone;
mod attributes;
mod backchannel;
mod bearer;
mod callback;
mod claims;
mod doctor;
mod exchange;
mod flows;
mod hooks;
#[path = "../../../logto-rocket/src/syntax/hostile_paths.rs"]
mod hostile_paths;
mod id_token;
mod incremental_authorization;
mod machines;
mod mounts;
mod orders_api;
mod pages;
#[cfg(any(feature = "redis", feature = "postgres", feature = "sqlite"))]
mod processes;
mod pushed_authorization;
#[cfg(feature = "redis")]
mod redis;
mod refusals;
mod requests;
mod resource_metadata;
mod session_data;
mod sessions;
mod sign_in;
mod silent;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
mod store_sessions;
mod stores;
mod tokens;
mod user_refresh;
mod user_tokens;
mod webhooks;
