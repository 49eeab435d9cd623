//! The bearer token of a caller, for exchanges that a handler makes on the caller's behalf.

use std::fmt;

use crate::token::Exchanges;

/// A verified bearer token, and who can exchange it. It is copied from the request for the handler.
pub(super) struct Caller {
    pub(super) exchanges: Exchanges,
    pub(super) token: Box<str>,
}

impl Caller {
    pub(super) fn new(exchanges: &Exchanges, token: &str) -> Self {
        Caller { exchanges: exchanges.clone(), token: token.into() }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
