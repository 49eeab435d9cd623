//! What the tenant does beyond the recordings that are replayed, seen from outside.

// Clippy excepts test functions from this lint, but not the functions they call.
#![allow(clippy::unwrap_used)]

mod app;

mod backchannel;
mod customizer;
mod differences;
mod faults;
mod life;
mod minted;
mod people;
mod sign_in;
mod third_party;
mod webhooks;
