//! Reads claims one by one, so that a malformed one takes no other with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

/// Claims that were not read yet.
pub(super) struct ClaimsReader {
    /// The claim that these are members of; empty for the claims themselves.
    within: &'static str,
    rest: Map<String, Value>,
}

impl ClaimsReader {
    pub(super) fn new(within: &'static str, claims: Map<String, Value>) -> Self {
        ClaimsReader { within, rest: claims }
    }

    /// What was not read, or is not of its type.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        self.rest
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.take(name, "a string", |value| match value {
            Value::String(text) => Ok(text),
            odd => Err(odd),
        })
    }

    pub(super) fn truth(&mut self, name: &'static str) -> Option<bool> {
        self.take(name, "true or false", |value| match value {
            Value::Bool(truth) => Ok(truth),
            odd => Err(odd),
        })
    }

    /// The strings of a list.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.items(name, "a list of strings", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        self.take(name, "an object", |value| match value {
            Value::Object(members) => Ok(members),
            odd => Err(odd),
        })
    }

    /// The objects of a list that `read` accepts.
    pub(super) fn list<T>(&mut self, name: &'static str, read: impl Fn(ClaimsReader) -> Option<T>) -> Vec<T> {
        self.items(name, "a list of objects with their usual members", |value| match value {
            Value::Object(members) => read(ClaimsReader::new(name, members)),
            _ => None,
        })
    }

    /// The entries of an object whose values are objects that `read` accepts.
    pub(super) fn entries<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(ClaimsReader) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some(members) = self.object(name) else { return BTreeMap::new() };
        let count = members.len();
        let entry = |(key, value): (String, Value)| match value {
            Value::Object(members) => Some((key, read(ClaimsReader::new(name, members))?)),
            _ => None,
        };
        let entries: BTreeMap<String, T> = members.into_iter().filter_map(entry).collect();
        if entries.len() < count {
            warn_once(self.within, name, "an object of objects with their usual members");
        }
        entries
    }

    /// What `read` makes of a claim. `null` is no claim; what is not of the type stays.
    fn take<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: impl Fn(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let value = self.rest.remove(name)?;
        if value.is_null() {
            return None;
        }
        match read(value) {
            Ok(read) => Some(read),
            Err(value) => {
                warn_once(self.within, name, kind);
                self.rest.insert(name.to_owned(), value);
                None
            }
        }
    }

    /// Of a list those that `read` accepts: one that is malformed takes no other with it.
    fn items<T>(&mut self, name: &'static str, kind: &str, read: impl Fn(Value) -> Option<T>) -> Vec<T> {
        let values = self.take(name, kind, |value| match value {
            Value::Array(values) => Ok(values),
            odd => Err(odd),
        });
        let values = values.unwrap_or_default();
        let count = values.len();
        let items: Vec<T> = values.into_iter().filter_map(read).collect();
        if items.len() < count {
            warn_once(self.within, name, kind);
        }
        items
    }
}

/// Once for each claim: it comes again with every request. The value is a user's, and stays out of the log.
fn warn_once(within: &'static str, name: &'static str, kind: &str) {
    static WARNED: Mutex<BTreeSet<(&str, &str)>> = Mutex::new(BTreeSet::new());
    if WARNED.lock().unwrap_or_else(PoisonError::into_inner).insert((within, name)) {
        let dot = if within.is_empty() { "" } else { "." };
        tracing::warn!(target: "logto", claim = name, "the claim `{within}{dot}{name}` is not {kind}, so it is missing in the typed claims; check the tenant's custom claims");
    }
}
