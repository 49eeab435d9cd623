//! The names under which a store keeps what belongs to this application.

use aws_lc_rs::digest::{Context, SHA256};

use super::model::SessionId;
use super::store::StoreKey;
use crate::types::OrganizationId;

/// Makes keys that are hashes, bound to the application and its origin: two applications may share a store.
#[derive(Debug, Clone)]
pub(crate) struct KeySpace {
    environment: String,
}

impl KeySpace {
    pub(crate) fn new(app_id: &str, origin: &str) -> Self {
        KeySpace { environment: format!("{app_id}\n{origin}") }
    }

    /// The record of the session whose cookie has this value.
    pub(super) fn record(&self, cookie: &str) -> StoreKey {
        self.key("session record", cookie.as_bytes())
    }

    pub(super) fn subject(&self, subject: &str) -> StoreKey {
        self.key("subject", subject.as_bytes())
    }

    pub(super) fn sid(&self, sid: &str) -> StoreKey {
        self.key("sid", sid.as_bytes())
    }

    pub(super) fn session(&self, id: SessionId) -> StoreKey {
        self.key("session", id.as_bytes())
    }

    /// A `sid` as that of one person.
    pub(super) fn sid_of(&self, sid: &str, subject: &str) -> StoreKey {
        self.key("sid of a subject", format!("{}\n{sid}\n{subject}", sid.len()).as_bytes())
    }

    pub(super) fn organization(&self, organization: &OrganizationId) -> StoreKey {
        self.key("organization", organization.as_str().as_bytes())
    }

    /// What everybody may do.
    pub(super) fn permissions(&self) -> StoreKey {
        self.key("permissions", b"")
    }

    /// A person of whom something has changed.
    pub(super) fn user_update(&self, subject: &str) -> StoreKey {
        self.key("user update", subject.as_bytes())
    }

    /// A session whose browser has another one.
    pub(super) fn replaced(&self, id: SessionId) -> StoreKey {
        self.key("replaced session", id.as_bytes())
    }

    /// Something that may be used once, such as a `jti`.
    pub(super) fn once(&self, what: &str) -> StoreKey {
        self.key("once", what.as_bytes())
    }

    fn key(&self, kind: &str, value: &[u8]) -> StoreKey {
        let mut context = Context::new(&SHA256);
        for part in [kind.as_bytes(), self.environment.as_bytes(), value] {
            // Each with its length, so that no two lists of parts run together to the same bytes.
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        StoreKey::from_bytes(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_values_and_applications_have_keys_of_their_own() {
        let keys = KeySpace::new("app", "https://a.example");
        let all = [
            keys.record("x"),
            keys.subject("x"),
            keys.sid("x"),
            keys.once("x"),
            keys.record("y"),
            KeySpace::new("app", "https://b.example").record("x"),
            KeySpace::new("other", "https://a.example").record("x"),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(keys.record("x"), KeySpace::new("app", "https://a.example").record("x"));
    }
}
