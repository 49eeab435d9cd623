//! What the integration tests share: an application that is served on a socket, a tenant for it, a browser that
//! keeps its cookies, and hostile things to throw at both.
//!
//! Every application under test believes to live at [`ORIGIN`], behind a proxy: the system picks the port it
//! really listens on, and [`Browser`] plays the proxy. So tests run side by side, and a test can just as well
//! give its application an `https` address.
//!
//! A [`Bench`] is an application with its tenant. [`Bench::storefront`] serves the example as it is, whose routes are a
//! user's; [`Bench::probe_app`] serves routes of this crate, on a clock that the test can move.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where the harness panics, a test fails")]

mod answer;
mod app;
mod bench;
mod browser;
mod check_calls;
mod cookies;
mod counting_listener;
mod flaky;
mod log_capture;
mod managed_account;
#[cfg(feature = "nginx")]
mod nginx;
#[cfg(feature = "postgres")]
mod postgres;
mod probe_app;
#[cfg(feature = "postgres")]
mod proxy;
#[cfg(feature = "redis")]
mod redis;
mod signer;
mod spellings;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

#[cfg(feature = "postgres")]
pub use self::postgres::PostgresDatabase;
#[cfg(feature = "postgres")]
pub use self::proxy::Proxy;
#[cfg(feature = "redis")]
pub use self::redis::RedisServer;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteFile;
pub use answer::Answer;
pub use app::{App, ORIGIN, rocket_settings, session_store, settings};
pub use bench::{Bench, eventually, param, path_of, until, until_async};
pub use browser::{Ask, Browser};
pub use check_calls::CheckCalls;
pub use cookies::{Jar, SetCookie};
pub use counting_listener::CountingListener;
pub use flaky::FlakyStore;
pub use log_capture::{Line, LogCapture};
pub use managed_account::managed_account;
#[cfg(feature = "nginx")]
pub use nginx::Nginx;
pub use probe_app::probe_app;
pub use signer::{Signer, b64, claims_of, header_of, unsigned};
pub use spellings::spellings;
pub use store::{SharedStore, Trouble};
