//! The wire: everything that is said to Logto, and how its answers are checked.

pub(crate) mod account;
mod algorithm;
mod authorize;
mod cached;
mod circuit;
mod client;
mod end_session;
mod exchange_limit;
mod grants;
#[cfg(test)]
mod hostile;
mod http;
mod id_token;
mod introspection;
mod jws;
mod keys;
mod metadata;
mod probe;
mod provider;
mod pushed_authorization;
mod relying_party;
mod revocation;
mod run_to_end;
mod signing;
mod token_bucket;
mod token_endpoint;
#[cfg(any(test, feature = "testing"))]
mod transport;
mod typed_claims;
mod user_claims;
mod userinfo;
#[cfg(test)]
mod vectors;
mod verification_limit;

pub(crate) use authorize::{AuthorizationRequest, AuthorizationSecrets};
pub(crate) use cached::DocumentStatus;
pub(crate) use circuit::{CallRecord, CircuitState};
pub(crate) use end_session::end_session_url;
pub(crate) use exchange_limit::ExchangeLimit;
pub(crate) use id_token::{IdTokenClaims, IdTokenExpectation, Nonce, NonceHash};
pub(crate) use introspection::Introspection;
pub(crate) use jws::{Audience, Jws, NumericDate, Present, TokenType, Unique, json_object, stated};
pub(crate) use keys::KeyId;
pub(crate) use probe::{AccountApi, OAuthRefusal, Probe, Reply};
pub(crate) use provider::{Provider, ProviderStatus, Verdict};
pub(crate) use relying_party::RelyingParty;
pub(crate) use run_to_end::{run_to_end, run_to_end_in};
pub(crate) use token_endpoint::{TokenAnswer, TokenFailure};
#[cfg(any(test, feature = "testing"))]
pub(crate) use transport::Transport;
pub(crate) use typed_claims::typed_claims;
pub use user_claims::{OrganizationData, SocialIdentity, SsoIdentity, UserClaims};
