//! Subjects in audit events: as a keyed hash, so that the events of one user can be correlated, and nobody without the
//! key can tell whose they are.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::types::Secret;

/// 128 bits: enough that two users do not share a hash.
const BYTES: usize = 16;

/// What the key is derived for: the same secret in another setting makes no use of this one.
const PURPOSE: &str = "logto-rocket audit subject";

/// Hashes subjects with the setting `audit_key`. Without it there are no hashes.
#[derive(Clone)]
pub(crate) struct AuditSubjects(Option<Arc<hmac::Key>>);

/// The hash of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectHash(String);

impl AuditSubjects {
    /// Logto gives out subjects for each tenant: hashes of another issuer's are others.
    pub(crate) fn new(key: Option<&Secret>, issuer: &str) -> Self {
        let derive = |key: &Secret| {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes());
            let derived = hmac::sign(&secret, format!("{PURPOSE}\n{issuer}").as_bytes());
            Arc::new(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
        };
        AuditSubjects(key.map(derive))
    }

    /// Whether there is no key.
    pub(crate) fn are_off(&self) -> bool {
        self.0.is_none()
    }

    /// `None` without a key.
    pub(crate) fn hash(&self, subject: &str) -> Option<SubjectHash> {
        let tag = hmac::sign(self.0.as_ref()?, subject.as_bytes());
        Some(SubjectHash(URL_SAFE_NO_PAD.encode(tag.as_ref().get(..BYTES)?)))
    }

    /// That of a subject which may be unknown.
    pub(crate) fn hash_of(&self, subject: Option<&str>) -> Option<SubjectHash> {
        self.hash(subject?)
    }
}

impl SubjectHash {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "an audit key with more than 32 characters in it";
    const ISSUER: &str = "https://tenant.example/oidc";

    fn hash(key: &str, issuer: &str, subject: &str) -> String {
        AuditSubjects::new(Some(&Secret::new(key)), issuer).hash(subject).expect("a hash").into_string()
    }

    #[test]
    fn a_hash_depends_on_the_key_the_tenant_and_the_subject() {
        let alice = hash(KEY, ISSUER, "alice");
        assert_eq!(alice, hash(KEY, ISSUER, "alice"));
        assert_eq!(alice.len(), 22);
        for other in [
            hash("another audit key with more than 32 characters", ISSUER, "alice"),
            hash(KEY, "https://other.example/oidc", "alice"),
            hash(KEY, ISSUER, "bob"),
            hash(KEY, ISSUER, ""),
        ] {
            assert_ne!(alice, other);
        }
    }

    /// The value must stay the same in later versions: events of years are correlated by it.
    #[test]
    fn hashes_stay_the_same_in_later_versions() {
        assert_eq!(hash(KEY, ISSUER, "alice"), "bNsr7fev6H2i5eGnVzNqrw");
    }

    #[test]
    fn without_a_key_there_is_no_hash() {
        let none = AuditSubjects::new(None, ISSUER);
        assert!(none.hash("alice").is_none() && none.hash_of(None).is_none());
    }
}
