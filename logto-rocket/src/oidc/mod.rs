//! The wire: everything that is said to Logto, and how its answers are checked.

mod authorize;
mod cached;
mod client;
mod end_session;
mod grants;
mod http;
mod id_token;
mod jws;
mod keys;
mod metadata;
mod provider;
mod revocation;
mod token_endpoint;
mod userinfo;

pub(crate) use authorize::{Attempt, AuthorizationRequest, SignInParameters};
pub(crate) use end_session::end_session_url;
pub(crate) use id_token::{IdTokenClaims, IdTokenExpectation, Nonce};
pub(crate) use jws::{Audience, Jws, NumericDate, Present, TokenType, Unique, stated};
pub(crate) use provider::Provider;
pub(crate) use token_endpoint::{TokenAnswer, TokenFailure};
