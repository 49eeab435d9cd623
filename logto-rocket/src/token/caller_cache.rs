//! The tokens that were exchanged for the bearer tokens of callers.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;

use super::cache_entry::CacheEntry;
use crate::clock::UnixTime;
use crate::session::TokenTarget;
use crate::types::{Scopes, Secret};

/// Of callers and what is requested for them. Each takes about two kilobytes.
const CAPACITY: usize = 10_000;

/// Bounded: the entry that was used least gives way.
pub(super) struct CallerTokenCache(Cache<CallerTokenKey, HeldToken, UnitWeighter>);

/// Whose token, and which. Callers are told apart by every byte of their bearer tokens, of which only the hash is kept.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CallerTokenKey {
    caller: Fingerprint,
    actor: Option<Fingerprint>,
    target: TokenTarget,
    /// In alphabetical order, so that the same scopes are the same key.
    scopes: Vec<String>,
    as_machine: bool,
}

/// SHA-256 of a token.
type Fingerprint = [u8; 32];

#[derive(Clone)]
struct HeldToken {
    subject: Arc<str>,
    entry: Arc<CacheEntry>,
}

impl CallerTokenKey {
    pub(super) fn new(
        caller: &Secret,
        actor: Option<&Secret>,
        target: &TokenTarget,
        scopes: &Scopes,
        as_machine: bool,
    ) -> Self {
        let mut scopes: Vec<String> = scopes.iter().map(str::to_owned).collect();
        scopes.sort_unstable();
        let (caller, actor) = (fingerprint(caller), actor.map(fingerprint));
        CallerTokenKey { caller, actor, target: target.clone(), scopes, as_machine }
    }
}

fn fingerprint(token: &Secret) -> Fingerprint {
    let mut print = [0; 32];
    print.copy_from_slice(digest(&SHA256, token.expose().as_bytes()).as_ref());
    print
}

impl Default for CallerTokenCache {
    fn default() -> Self {
        CallerTokenCache(Cache::new(CAPACITY))
    }
}

impl CallerTokenCache {
    /// The entry for a key, about the user with this subject.
    pub(super) fn entry(&self, key: &CallerTokenKey, subject: &Arc<str>, now: UnixTime) -> Arc<CacheEntry> {
        let new = || {
            let entry = Arc::new(CacheEntry::new(now));
            Ok::<_, Infallible>(HeldToken { subject: Arc::clone(subject), entry })
        };
        match self.0.get_or_insert_with(key, new) {
            Ok(known) => known.entry,
            Err(never) => match never {},
        }
    }

    /// Nobody is handed a token of this user any more that was exchanged until now. Who acts in the place of somebody
    /// else is told by a token that only Logto can judge, so what was exchanged with one goes too.
    pub(super) fn forget_subject(&self, subject: &str) {
        self.0.retain(|key, known| *known.subject != *subject && key.actor.is_none());
    }

    /// Nobody is handed a token any more that was exchanged until now.
    pub(super) fn clear(&self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::accept::IssuedToken;
    use crate::types::{OrganizationId, ResourceIndicator};

    fn key(
        caller: &str,
        actor: Option<&str>,
        resource: &str,
        organization: Option<&str>,
        scopes: &str,
    ) -> CallerTokenKey {
        let target = TokenTarget {
            resource: Some(ResourceIndicator::new(resource)),
            organization: organization.and_then(OrganizationId::new),
        };
        let actor = actor.map(Secret::new);
        CallerTokenKey::new(&Secret::new(caller), actor.as_ref(), &target, &Scopes::parse(scopes), false)
    }

    fn is_held(cache: &CallerTokenCache, key: &CallerTokenKey) -> bool {
        cache.entry(key, &"alice".into(), UnixTime(0)).look_up(UnixTime(1), None).1.is_some()
    }

    #[test]
    fn i19_a_token_of_one_caller_is_never_anothers() {
        let cache = CallerTokenCache::default();
        let alices = key("a.b.c", None, "https://a.example", None, "read write");
        cache
            .entry(&alices, &"alice".into(), UnixTime(0))
            .store(Ok(IssuedToken::for_test(UnixTime(3600))), UnixTime(0));
        assert!(is_held(&cache, &key("a.b.c", None, "https://a.example", None, "write read")), "the same");
        for other in [
            key("a.b.d", None, "https://a.example", None, "read write"),
            key("a.b.c", Some("a.b.c"), "https://a.example", None, "read write"),
            key("a.b.c", Some(""), "https://a.example", None, "read write"),
            key("a.b.c", None, "https://b.example", None, "read write"),
            key("a.b.c", None, "https://a.example", Some("acme"), "read write"),
            key("a.b.c", None, "https://a.example", None, "read"),
            key("a.b.c", None, "https://a.example", None, ""),
            CallerTokenKey { as_machine: true, ..alices.clone() },
        ] {
            assert!(!is_held(&cache, &other));
        }
        assert!(is_held(&cache, &alices));
    }

    #[test]
    fn tokens_of_a_user_whose_access_has_ended_are_dropped() {
        let cache = CallerTokenCache::default();
        let (alices, bobs) = (key("a", None, "https://a", None, ""), key("b", None, "https://a", None, ""));
        cache
            .entry(&alices, &"alice".into(), UnixTime(0))
            .store(Ok(IssuedToken::for_test(UnixTime(3600))), UnixTime(0));
        cache
            .entry(&bobs, &"bob".into(), UnixTime(0))
            .store(Ok(IssuedToken::for_test(UnixTime(3600))), UnixTime(0));
        cache.forget_subject("alice");
        assert!(!is_held(&cache, &alices));
        assert!(is_held(&cache, &bobs));
    }

    #[test]
    fn the_cache_is_bounded() {
        let cache = CallerTokenCache::default();
        for n in 0..CAPACITY * 2 {
            cache.entry(&key(&n.to_string(), None, "https://a", None, ""), &"alice".into(), UnixTime(0));
        }
        assert!(cache.0.len() <= CAPACITY, "{} entries", cache.0.len());
    }
}
