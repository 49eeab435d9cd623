//! The claims of an access token as they were signed.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::InvalidToken;
use crate::oidc::{Jws, Unique, json_object};

/// The payload of a token. It is kept as bytes: few ask for more claims than those that decide.
#[derive(Clone)]
pub(super) struct Payload(Box<[u8]>);

impl Payload {
    pub(super) fn of(jws: &Jws<'_>) -> Self {
        Payload(jws.payload().into())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every claim. Of two with one name, nobody knows which one was meant.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, InvalidToken> {
        let Unique(claims) = json_object(&self.0)?;
        Ok(claims)
    }
}

/// Without the claims: they may be personal data.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("bytes", &self.len()).finish_non_exhaustive()
    }
}
