//! Every recorded exchange with a real Logto, replayed against this crate's tenant.
//!
//! An answer has to have the same status, the same headers of interest, the same members in its body, and the same
//! values wherever they are not random or a matter of time: scopes, audiences, lifetimes, error codes and texts.
//! Tokens in the answers are verified against the tenant's published keys and compared claim by claim.
//!
//! Every exchange of these files is replayed but for what this list names, by recording and index:
//!
//! * all: `content-encoding`, `content-length`, HSTS and the other constant security headers are not compared; the
//!   tenant does not compress and sends only what can matter to a client. Pages are compared by status, content
//!   type and cookies, not by their HTML.
//! * 03 is not here: it drives Logto's own sign-in API (`/api/experience`), which the tenant's page replaces.
//! * 04\[10, 13\] never reached the token endpoint; the callbacks they ended at are compared.
//! * 05\[22\]: the `message` is translated by Logto and English here, so only its presence is compared.
//! * 07\[0\] is a sign-in, not an exchange; it is made, and its token serves the others.
//! * 14\[27\] is a sign-in whose tokens 04 covers.
//! * 17\[0, 11\] are calls of the Management API; the tokens come from this crate's API instead.
//! * 22\[0\] (an expired hint) needs an application with short-lived ID tokens that the recorder made for it; a test
//!   in `behaviour` covers the case.

// Clippy excepts test functions from this lint, but not the functions they call.
#![allow(clippy::unwrap_used)]

mod compare;
mod cookies;
mod replay;
mod second;

mod authorization;
mod client_credentials;
mod code_exchange;
mod customizer;
mod discovery;
mod end_session;
mod growth;
mod introspection;
mod refresh;
mod revocation;
mod token_exchange;
mod userinfo;
