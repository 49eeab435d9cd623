//! The account center: the Account API, with which users manage their own accounts, and its pages.

mod caller;
mod center;
mod credentials;
mod error;
mod factors;
mod identities;
mod input;
mod pages;
mod profile;
mod provider_token;
mod route;
mod sessions;
mod totp;
mod verification;

use std::collections::HashMap;

pub use center::{AccountCenter, AccountField, FieldControl};
pub(crate) use factors::HeldFactor;
pub use factors::MfaFactor;
pub(crate) use pages::page;
pub use provider_token::ProviderToken;
pub(crate) use provider_token::StoredToken;
pub(crate) use route::{public_settings, route};
pub(crate) use totp::code_at as totp_code;
pub(crate) use verification::Record;

/// What a running tenant keeps for its account center.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountState {
    pub(crate) center: AccountCenter,
    /// Verification records by id.
    pub(crate) records: HashMap<String, Record>,
    /// Tokens of identity providers, by user id and by target or connector id.
    pub(crate) provider_tokens: HashMap<(String, String), StoredToken>,
}
