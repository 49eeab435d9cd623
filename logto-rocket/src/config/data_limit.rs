//! How much an application may keep in a session.

use figment::value::Value;

use super::model::WebAppConfig;
use super::settings::{Settings, whole_number};

/// In bytes.
const DEFAULT_IN_STORE: usize = 4 * 1024;
const DEFAULT_IN_COOKIES: usize = 1024;
const MOST_IN_STORE: usize = 64 * 1024;
/// A visitor's data has one cookie, of which browsers keep 4096 bytes.
const MOST_IN_COOKIES: usize = 2 * 1024;

impl Settings {
    pub(super) fn session_data_limit(&mut self, key: &'static str) -> Option<usize> {
        let bytes = match self.take(key)? {
            Value::Num(_, number) => whole_number(*number).and_then(|bytes| usize::try_from(bytes).ok()),
            _ => None,
        };
        let bytes = bytes.filter(|bytes| (1..=MOST_IN_STORE).contains(bytes));
        if bytes.is_none() {
            self.problem(
                key,
                format!("is not a number of bytes from 1 to {MOST_IN_STORE}"),
                format!("write {key} = {DEFAULT_IN_STORE}"),
            );
        }
        bytes
    }
}

impl WebAppConfig {
    /// In bytes, of the names and values together that one session has.
    pub(crate) fn session_data_limit(&self, in_store: bool) -> Result<usize, String> {
        match self.session_data_limit {
            None => Ok(if in_store { DEFAULT_IN_STORE } else { DEFAULT_IN_COOKIES }),
            Some(limit) if !in_store && limit > MOST_IN_COOKIES => Err(format!(
                "`session_data_limit` is {limit}, and cookies hold no more than {MOST_IN_COOKIES} bytes of session data\n   fix: lower it, or set `session_store` to \"redis\" or \"memory\""
            )),
            Some(limit) => Ok(limit),
        }
    }
}
