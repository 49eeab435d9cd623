//! The user's account at Logto, for handlers.

mod client;
mod error;
mod page;
mod provider_token;

pub use client::Account;
pub use page::{AccountLink, AccountPage};
