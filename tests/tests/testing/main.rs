//! The feature `testing`: what an application's own tests can do, and that nobody else can do it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod app;
mod bearer;
mod hostile;
mod organizations;
mod outage;
mod requests;
mod sessions;
mod tenant;
mod tokens;
