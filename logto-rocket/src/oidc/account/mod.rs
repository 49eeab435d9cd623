//! The Account API: what a user can see and change of their own account at Logto.
//!
//! It accepts the opaque access token of a sign-in alone, and tells errors apart by `code`: its statuses mean little.

mod body;
mod call;
mod error;
mod factors;
mod model;
mod profile;
mod session;
mod verification;

pub(crate) use call::{AccountCall, CallOutcome, is_segment};
pub use error::AccountError;
pub use factors::{BackupCode, BackupCodes, MfaFactor, MfaFactorKind, TotpSecret};
pub(crate) use factors::{backup_codes_in, mfa_factors_in};
pub use model::{AccountGrant, LinkedIdentity, ProviderToken};
pub(crate) use model::{grants_in, provider_token_in};
pub use profile::{AccountProfile, AccountUpdate, PostalAddress, ProfileMembers};
pub(crate) use session::sessions_in;
pub use session::{AccountSession, RevokeGrants};
pub use verification::{AccountIdentifier, SentCode, Verification};
