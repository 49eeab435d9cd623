//! Access tokens that Logto issues to this application: for a user's session, for the server itself, and in exchange
//! for another token.

mod accept;
mod accessors;
mod cache_entry;
mod caller_cache;
#[cfg(feature = "reqwest")]
mod client;
mod exchange;
mod machine;
mod machine_cache;
mod on_behalf_of;
mod refresh;
mod renewal_margin;
mod renewed_claims;
mod request;
mod retry;
mod session_tokens;
#[cfg(test)]
mod simulation;

#[cfg(feature = "reqwest")]
pub use client::{AuthorizedClient, CallError};
#[cfg(feature = "reqwest")]
pub(crate) use client::{CallTokens, SharedHttpClient, TokenFuture};
pub(crate) use exchange::Exchanges;
pub use exchange::{ExchangedToken, SubjectToken, TokenExchange};
pub use machine::{MachineToken, MachineTokenSource, MachineTokens};
pub(crate) use on_behalf_of::CallerToken;
pub use on_behalf_of::OnBehalfOf;
pub(crate) use request::TokenRequest;
pub(crate) use session_tokens::{REVOCATION_WAIT, TokenService};
