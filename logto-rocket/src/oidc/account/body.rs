//! Bodies of responses.

use serde::de::DeserializeOwned;

use super::error::AccountError;
use crate::error::{Endpoint, Unavailable, UnavailableCause};

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AccountError> {
    // serde's errors quote what they do not understand, and so could quote a secret.
    serde_json::from_slice(body).map_err(|_| malformed("it does not have the form of the Account API"))
}

pub(super) fn malformed(what: &str) -> AccountError {
    Unavailable::new(Endpoint::AccountApi, UnavailableCause::Malformed(what.to_owned())).into()
}
