//! Errors of the session store.

use std::sync::Arc;

/// The session store failed, or cannot tell whether the operation succeeded. The error says nothing about any session:
/// an outage of the store signs nobody out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the session store is unavailable: {what}; {}", self.help())]
pub struct StoreError {
    what: String,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error with this description. The description is logged, so it must not contain a key or a value.
    pub fn new(what: impl Into<String>) -> Self {
        StoreError { what: what.into(), source: None }
    }

    /// An error with this description and its cause.
    pub fn because(what: impl Into<String>, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        StoreError { what: what.into(), source: Some(Arc::new(cause)) }
    }

    /// What happened, without the advice.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "check that the session store is running and can be reached from this server"
    }
}
