//! Tokens whose signatures were checked a moment ago, and forgeries that were seen through.
//!
//! What is remembered is that a token is genuine, and what it says. Everything else, its times and its
//! audience and whether its key is still published, is judged anew each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use quick_cache::{UnitWeighter, Weighter};

use super::access_token_claims::AccessTokenClaims;
use super::fingerprint::{Fingerprint, Policy};
use crate::clock::{Clock, UnixTime};
use crate::error::{Error, InvalidToken, Unavailable};
use crate::oidc::{Jws, KeyId, Provider, Verdict};

/// How long a signature need not be checked again.
const REMEMBERED: Duration = Duration::from_secs(300);
/// In bytes: some fifteen thousand tokens as Logto issues them.
const ROOM: u64 = 16 * 1024 * 1024;
const USUAL_TOKEN: u64 = 1100;
/// Each takes less than 200 bytes.
const FORGERIES: usize = 4096;

pub(super) struct VerifiedTokens {
    provider: Arc<Provider>,
    clock: Clock,
    policy: Policy,
    genuine: Cache<Fingerprint, Genuine, ByBytes>,
    /// With the key that says so.
    forged: Cache<Fingerprint, KeyId, UnitWeighter>,
    /// Counts revocations: what was verified before one is not remembered after it.
    epoch: AtomicU64,
}

#[derive(Clone)]
struct Genuine {
    claims: Arc<AccessTokenClaims>,
    key: KeyId,
    seen: UnixTime,
    until: UnixTime,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Fingerprint, Genuine> for ByBytes {
    fn weight(&self, _: &Fingerprint, genuine: &Genuine) -> u64 {
        let bytes = size_of::<(Fingerprint, Genuine)>() + genuine.claims.bytes();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl VerifiedTokens {
    pub(super) fn new(provider: Arc<Provider>, policy: Policy, clock: Clock) -> Self {
        VerifiedTokens::with_room(provider, policy, clock, ROOM, FORGERIES)
    }

    pub(super) fn with_room(
        provider: Arc<Provider>,
        policy: Policy,
        clock: Clock,
        room: u64,
        forgeries: usize,
    ) -> Self {
        let items = usize::try_from(room / USUAL_TOKEN).unwrap_or(usize::MAX);
        VerifiedTokens {
            provider,
            clock,
            policy,
            genuine: Cache::with_weighter(items, room, ByBytes),
            forged: Cache::new(forgeries),
            epoch: AtomicU64::new(0),
        }
    }

    pub(super) fn fingerprint(&self, token: &str) -> Fingerprint {
        self.policy.fingerprint(token)
    }

    /// What a token says that is known to be genuine, by a key that is still published. Fails when the keys
    /// are so old that they are believed no longer.
    pub(super) async fn find(
        &self,
        fingerprint: &Fingerprint,
    ) -> Result<Option<Arc<AccessTokenClaims>>, Unavailable> {
        let Some(genuine) = self.genuine.get(fingerprint) else { return Ok(None) };
        let now = self.clock.now();
        // What was seen in the future was seen before the clock was set back.
        let fresh = genuine.seen <= now && now < genuine.until;
        if fresh && self.provider.still_trusts(&genuine.key).await? {
            return Ok(Some(genuine.claims));
        }
        // Not what somebody has put in its place meanwhile.
        self.genuine.remove_if(fingerprint, |current| Arc::ptr_eq(&current.claims, &genuine.claims));
        Ok(None)
    }

    /// Checks a signature, once for all who show this token now. Only what is certain is remembered: no outage
    /// is, and no key that is not known.
    pub(super) async fn verify(
        &self,
        fingerprint: &Fingerprint,
        jws: &Jws<'_>,
        claims: AccessTokenClaims,
    ) -> Result<Arc<AccessTokenClaims>, Error> {
        let epoch = self.epoch.load(Ordering::Acquire);
        let place = match self.genuine.get_value_or_guard_async(fingerprint).await {
            Ok(genuine) => return Ok(genuine.claims),
            Err(place) => place,
        };
        if let Some(key) = self.forged.get(fingerprint) {
            if self.provider.still_trusts(&key).await? {
                return Err(InvalidToken::Signature.into());
            }
            self.forged.remove(fingerprint);
        }
        let key = match self.provider.judge(jws).await? {
            Verdict::Genuine(key) => key,
            Verdict::Forged(key) => {
                self.forged.insert(*fingerprint, key);
                return Err(InvalidToken::Signature.into());
            }
        };
        let (claims, seen) = (Arc::new(claims), self.clock.now());
        let until = claims.expires.min(seen.plus(REMEMBERED));
        // A place that was taken by another meanwhile is as good.
        let _ = place.insert(Genuine { claims: Arc::clone(&claims), key, seen, until });
        // Asked again once it is there to be found, so that no revocation misses it.
        if self.epoch.load(Ordering::Acquire) != epoch {
            self.genuine.remove(fingerprint);
        }
        Ok(claims)
    }

    pub(super) fn forget_subject(&self, subject: &str) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.genuine.retain(|_, genuine| *genuine.claims.subject != *subject);
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, u64, usize) {
        (self.genuine.len(), self.genuine.weight(), self.forged.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bearer::testing::{Stand, refused};

    /// A million tokens, and as many forgeries, take no more room than is set aside.
    #[tokio::test]
    async fn e26_f_room_is_bounded() {
        const ROOM: u64 = 256 * 1024;
        let stand = Stand::new().await;
        let policy = Policy::new("at+jwt", "i", "c");
        let provider = Arc::clone(&stand.provider);
        let tokens = VerifiedTokens::with_room(provider, policy, stand.clock.clone(), ROOM, 100);
        let claims = stand.access_tokens().verify(&stand.token_of("alice"), |_| true).await.expect("good");
        let jws = stand.token_of("alice");
        let jws = Jws::parse(&jws).expect("a token");
        let Verdict::Genuine(key) = stand.provider.judge(&jws).await.expect("keys") else {
            panic!("genuine")
        };
        let now = stand.clock.now();
        let genuine = Genuine { claims, key, seen: now, until: now.plus(REMEMBERED) };
        let one = ByBytes.weight(&tokens.fingerprint(""), &genuine);
        assert!(one > 300, "{one} bytes are not what a token takes");
        for n in 0..1_000_000_u32 {
            let print = tokens.fingerprint(&n.to_string());
            tokens.genuine.insert(print, genuine.clone());
            tokens.forged.insert(print, key);
        }
        let (count, weight, forged) = tokens.size();
        assert!(weight <= ROOM && forged <= 100, "{weight} bytes, {forged} forgeries");
        assert!(u64::try_from(count).expect("few") * one <= ROOM, "{count} tokens");
        assert!(count > 10, "it still remembers");
    }

    #[tokio::test]
    async fn e26_f_a_flood_of_forgeries_does_not_push_out_known_tokens() {
        let stand = Stand::new().await;
        let tokens = stand.access_tokens();
        let known = stand.token_of("alice");
        assert!(tokens.verify(&known, |_| true).await.is_ok());
        let (signed, _) = known.rsplit_once('.').expect("a token");
        for n in 0..300_u16 {
            let mut signature = [7; 96];
            signature[..2].copy_from_slice(&n.to_be_bytes());
            let forged = format!("{signed}.{}", crate::bearer::testing::b64(signature));
            refused(tokens.verify(&forged, |_| true).await, InvalidToken::Signature, "forged");
        }
        let checks = stand.provider.signatures_checked();
        assert!(tokens.verify(&known, |_| true).await.is_ok());
        assert_eq!(stand.provider.signatures_checked(), checks);
    }
}
