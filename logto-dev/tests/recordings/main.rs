//! Every recorded exchange with a real Logto, replayed against this crate's tenant.
//!
//! An answer has to have the same status, the same headers of interest, the same members in its body, and the same
//! values wherever they are not random or a matter of time: scopes, audiences, lifetimes, error codes and texts.
//! Tokens in the answers are verified against the tenant's published keys and compared claim by claim.
//!
//! Every exchange of these files is replayed but for what this list names, by recording and index:
//!
//! * all: `content-encoding`, `content-length` and the headers of the connection are not compared; the tenant does not
//!   compress. Security headers are compared where the recording kept them. Pages are compared by status, content
//!   type and cookies, not by their HTML.
//! * 03 is not here: it drives Logto's own sign-in API (`/api/experience`), which the tenant's page replaces.
//! * 04\[10, 13\] never reached the token endpoint; the callbacks they ended at are compared.
//! * 05\[22\]: the `message` is translated by Logto and English here, so only its presence is compared.
//! * 07\[0\] is a sign-in, not an exchange; it is made, and its token serves the others.
//! * 14\[27\] is a sign-in whose tokens 04 covers.
//! * 15\[0, 1, 6\] are about the consent screen, which is the tenant's own; the tokens of a consent are compared.
//! * 16, 28 and 30 are what a listener received when somebody signed out, 20 what a callback received; tests in
//!   `behaviour` have both.
//! * 17\[0, 11\] are calls of the Management API; the tokens come from this crate's API instead.
//! * 18\[9, 10\] are many requests each, and have no answers to compare.
//! * 19\[7\] is a refused sign-in at Logto's own API.
//! * 21 is a registration at Logto's own API. 25, 27\[4, 5\] and 31 need what the tenant has not: a default resource,
//!   limits on grants, lockouts. 27\[2, 3\] are sign-ins at Logto's own API.
//! * 22\[0\] (an expired hint) needs an application with short-lived ID tokens that the recorder made for it; a test
//!   in `behaviour` covers the case.
//! * 23\[0, 1\] are silent sign-ins that 37 has with all their hops.
//! * 29\[2\] is a call of Logto's sign-in API; 29\[4, 5\] are made one after the other, in the order they were taken.
//! * 33: the calls of the Management, Experience and Account APIs are made through this crate's API; what is compared
//!   is every webhook, its headers and its signature. 33\[24, 25, 27, 28, 41, 42, 77, 78, 93–97, 115, 116\] are about
//!   second factors, identities, verification codes, just-in-time settings and invitations of organizations, limits of
//!   grants, lockouts and one-time tokens, which the tenant has not. 33\[32\] is a wrong password; a test in `behaviour`
//!   has one. 33\[106, 110, 112, 114\] and 33\[35–39, 45\] tell nothing. Of roles and scopes the `description` is not
//!   compared, and of organizations the `customData`: this tenant keeps neither.
//! * 34: the settings of the account center are made through this crate's API, and so are second factors and linked
//!   identities. 34\[84, 150\] are no exchanges. 34\[100–109, 111, 115, 121\] enroll second factors, change their
//!   settings, and use a connector, which the tenant has not. Times and random ids are compared by kind and length,
//!   lists of sessions and grants without their order.
//! * 35: linking an identity needs a connector; the tokens and their errors are compared (35\[0–10, 16, 21–23, 34,
//!   42\]).
//! * 39: the pages are this tenant's own, and are compared by status and headers. 39\[0\] is about Logto's source,
//!   39\[19–21\] are the sign-in of Logto's pages, 39\[23–27\] the sign-in experience and the Management API.
//! * 36\[98–102\]: Logto ends the old session of a browser with a page of its own; the tenant ends it in place, and what
//!   follows is compared (36\[103–105\]). Of one-time tokens, which the tenant does not make, the authorization requests
//!   alone are compared, of 36\[164–172\] their first hop.
//! * 38: the calls that set a customizer are made through this crate's API, with the script written anew; 38\[25\] needs
//!   the Account API, 38\[52\] has a token that the recorder cut, 38\[63, 66–68\] are about Logto's own APIs. The claim
//!   `seen` holds what a script was given, and is compared by its type.
//! * 60\[17\] is a sign-out with a hint of a key that is gone, which 12 and 22 have.
//! * 26 is not here: its ID tokens have claims that a setting of the tenant adds, which this one has not; 38 has its
//!   access tokens.
//! * 33 to 38 were recorded in a second tenant; `second` says which of its ids stand for which.

// Clippy excepts test functions from this lint, but not the functions they call.
#![allow(clippy::unwrap_used)]

mod account_calls;
mod compare;
mod cookies;
mod replay;
mod second;

mod account;
mod authorization;
mod changes;
mod client_credentials;
mod code_exchange;
mod customizer;
mod discovery;
mod end_session;
mod growth;
mod introspection;
mod provider_tokens;
mod refresh;
mod revocation;
mod token_exchange;
mod userinfo;
mod webhooks;
