//! Failures of the session store.

use std::sync::Arc;

/// The store could not do what was asked, or cannot tell whether it did. Says nothing about any session: an
/// outage of the store signs nobody out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the session store is unavailable: {what}; {}", self.help())]
pub struct StoreError {
    what: String,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error with this explanation. It reaches logs: name no key and no value in it.
    pub fn new(what: impl Into<String>) -> Self {
        StoreError { what: what.into(), source: None }
    }

    /// An error with its cause.
    pub fn because(what: impl Into<String>, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        StoreError { what: what.into(), source: Some(Arc::new(cause)) }
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "check that the session store runs and can be reached from this server"
    }
}
