//! The behaviour of the tenant beyond the replayed recordings, through its public interface.

// Clippy excepts test functions from this lint, but not the functions they call.
#![allow(clippy::unwrap_used)]

mod app;

mod backchannel;
mod customizer;
mod differences;
mod faults;
mod issued;
mod life;
mod people;
mod reload;
mod sign_in;
mod third_party;
mod webhooks;
