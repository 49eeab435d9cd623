//! The application in the README, as the README shows it: `cargo run -p logto-dev --example own_tenant`.

include!("application.rs");
