//! The keys of this application's entries in a store.

use aws_lc_rs::digest::{SHA256, digest};

use super::model::SessionId;
use super::store::StoreKey;
use crate::types::OrganizationId;

/// Bytes that are hashed without memory of their own.
const SHORT: usize = 512;

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

    /// The record of the visitor whose cookie has this value.
    pub(super) fn visitor(&self, cookie: &str) -> StoreKey {
        self.key("visitor record", cookie.as_bytes())
    }

    /// What all visitors have in common in the index of subjects. A store that limits the sessions of one user then
    /// limits those of visitors together, and visitors displace nobody who is signed in.
    pub(super) fn visitors(&self) -> StoreKey {
        self.key("visitors", b"")
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

    /// A `sid` as that of one user.
    pub(super) fn sid_of(&self, sid: &str, subject: &str) -> StoreKey {
        self.key("sid of a subject", format!("{}\n{sid}\n{subject}", sid.len()).as_bytes())
    }

    pub(super) fn organization(&self, organization: &OrganizationId) -> StoreKey {
        self.key("organization", organization.as_str().as_bytes())
    }

    /// The permissions of all users.
    pub(super) fn permissions(&self) -> StoreKey {
        self.key("permissions", b"")
    }

    /// A user who was updated.
    pub(super) fn user_update(&self, subject: &str) -> StoreKey {
        self.key("user update", subject.as_bytes())
    }

    /// A session that was replaced by another one in the same browser.
    pub(super) fn replaced(&self, id: SessionId) -> StoreKey {
        self.key("replaced session", id.as_bytes())
    }

    /// Something that may be used once, such as a `jti`.
    pub(super) fn once(&self, what: &str) -> StoreKey {
        self.key("once", what.as_bytes())
    }

    fn key(&self, kind: &str, value: &[u8]) -> StoreKey {
        let parts = [kind.as_bytes(), self.environment.as_bytes(), value];
        let length = parts.iter().map(|part| size_of::<u64>() + part.len()).sum();
        let (mut short, mut long);
        // Hashing in one call takes no memory, and what is named here is short.
        let text: &mut [u8] = if length <= SHORT {
            short = [0; SHORT];
            &mut short[..length]
        } else {
            long = vec![0; length];
            &mut long
        };
        let mut rest = &mut text[..];
        for part in parts {
            // Each with its length, so that no two lists of parts run together to the same bytes.
            for bytes in [(part.len() as u64).to_le_bytes().as_slice(), part] {
                let (place, behind) = rest.split_at_mut(bytes.len());
                place.copy_from_slice(bytes);
                rest = behind;
            }
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, text).as_ref());
        StoreKey::from_bytes(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_hash_of_its_parts_with_their_lengths() {
        for value in ["", "x", &"x".repeat(SHORT), &"x".repeat(10_000)] {
            let mut text = Vec::new();
            for part in ["session record", "app\nhttps://a.example", value] {
                text.extend((part.len() as u64).to_le_bytes());
                text.extend(part.as_bytes());
            }
            let key = KeySpace::new("app", "https://a.example").record(value);
            assert_eq!(key.as_bytes(), digest(&SHA256, &text).as_ref(), "{} bytes", value.len());
        }
    }

    #[test]
    fn kinds_values_and_applications_have_keys_of_their_own() {
        let keys = KeySpace::new("app", "https://a.example");
        let all = [
            keys.record("x"),
            keys.visitor("x"),
            keys.visitors(),
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
