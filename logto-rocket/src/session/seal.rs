//! Sealing what a browser keeps for us: AES-256-GCM with a ring of keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::purpose::Purpose;
use super::random::random;
use super::unopened_warning::UnopenedWarning;
use crate::clock::Clock;
use crate::types::Secret;

/// Of the head below, of how keys are derived, and of the associated data.
const VERSION: u8 = 2;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const HEAD: usize = 1 + KEY_ID + NONCE;
const TAG: usize = 16;

/// The first key seals, all open.
///
/// Nonces are random, so one key should seal no more than 2³² values (NIST SP 800-38D §8.3). All processes that share
/// the secret count together: at ten values a second that is thirteen years, at a thousand fifty days. Sessions are
/// sealed when they change. Pending sign-ins are sealed for anybody who opens the sign-in route, which is why they have a key
/// that seals nothing else.
pub(crate) struct KeyRing {
    keys: Vec<Key>,
    /// The application and origin that every value is bound to.
    environment: String,
    unopened: UnopenedWarning,
}

struct Key {
    id: [u8; KEY_ID],
    of_session: RandomizedNonceKey,
    of_pending_sign_in: RandomizedNonceKey,
    of_stored_session: RandomizedNonceKey,
    of_sign_in_request: RandomizedNonceKey,
    of_visitor: RandomizedNonceKey,
}

/// A value that was opened.
pub(crate) struct Opened<T> {
    pub(crate) value: T,
    /// Sealed with a key that is on its way out: worth sealing again.
    pub(crate) with_old_key: bool,
}

impl KeyRing {
    /// `secrets` in order of preference. `None` only where the crypto library fails.
    pub(crate) fn new(secrets: &[Secret], app_id: &str, origin: &str, clock: &Clock) -> Option<Self> {
        let keys = secrets
            .iter()
            .map(|secret| Key::derive(secret.expose().as_bytes()))
            .collect::<Option<Vec<_>>>()?;
        (!keys.is_empty()).then(|| KeyRing::of(keys, app_id, origin, clock))
    }

    /// A ring for this process alone.
    pub(crate) fn random(app_id: &str, origin: &str, clock: &Clock) -> Option<Self> {
        Some(KeyRing::of(vec![Key::derive(&random::<32>())?], app_id, origin, clock))
    }

    fn of(keys: Vec<Key>, app_id: &str, origin: &str, clock: &Clock) -> Self {
        let environment = format!("{app_id}\n{origin}");
        KeyRing { keys, environment, unopened: UnopenedWarning::new(clock.clone()) }
    }

    /// Seals `value` under a name. `None` only where the crypto library fails.
    pub(crate) fn seal<T: Serialize>(&self, purpose: Purpose, name: &str, value: &T) -> Option<Vec<u8>> {
        self.seal_bytes(purpose, name, postcard::to_allocvec(value).ok()?)
    }

    fn seal_bytes(&self, purpose: Purpose, name: &str, mut body: Vec<u8>) -> Option<Vec<u8>> {
        let key = self.keys.first()?;
        let aad = Aad::from(self.associated_data(purpose, name));
        let nonce = key.of(purpose).seal_in_place_append_tag(aad, &mut body).ok()?;
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Some(sealed)
    }

    /// `None` for whatever this ring has not sealed for this purpose, layout, name, application and origin. Where it
    /// looks sealed all the same, the log is told.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &[u8],
    ) -> Option<Opened<T>> {
        if sealed.len() < HEAD + TAG || sealed.first() != Some(&VERSION) {
            return None;
        }
        let opened = self.open_bytes(purpose, name, sealed).and_then(|(plain, with_old_key)| {
            match postcard::take_from_bytes(&plain) {
                // Bytes behind it are fields that this layout does not know.
                Ok((value, [])) => Some(Opened { value, with_old_key }),
                Ok(_) | Err(_) => None,
            }
        });
        if opened.is_none() {
            self.unopened.warn(purpose);
        }
        opened
    }

    /// The plain bytes, and whether they were sealed with another key than the first.
    fn open_bytes(&self, purpose: Purpose, name: &str, sealed: &[u8]) -> Option<(Vec<u8>, bool)> {
        let (head, body) = sealed.split_at_checked(HEAD)?;
        let (index, key) = self.keys.iter().enumerate().find(|(_, key)| key.id == head[1..=KEY_ID])?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1 + KEY_ID..]).ok()?;
        let aad = Aad::from(self.associated_data(purpose, name));
        let mut body = body.to_vec();
        let length = key.of(purpose).open_in_place(nonce, aad, &mut body).ok()?.len();
        body.truncate(length);
        Some((body, index > 0))
    }

    fn associated_data(&self, purpose: Purpose, name: &str) -> Vec<u8> {
        format!("{}\n{}\n{name}\n{}", purpose.label(), purpose.layout(), self.environment).into_bytes()
    }
}

impl Key {
    fn derive(secret: &[u8]) -> Option<Self> {
        struct Bytes<const N: usize>;
        impl<const N: usize> KeyType for Bytes<N> {
            fn len(&self) -> usize {
                N
            }
        }
        let pseudo_random = Salt::new(HKDF_SHA256, b"logto-rocket cookie key").extract(secret);
        let mut id = [0; KEY_ID];
        pseudo_random.expand(&[b"id"], Bytes::<KEY_ID>).ok()?.fill(&mut id).ok()?;
        let key_for = |purpose: Purpose| {
            let mut key = [0; 32];
            let info = [b"seal ".as_slice(), purpose.label().as_bytes()];
            pseudo_random.expand(&info, Bytes::<32>).ok()?.fill(&mut key).ok()?;
            RandomizedNonceKey::new(&AES_256_GCM, &key).ok()
        };
        let [of_session, of_pending_sign_in, of_stored_session, of_sign_in_request, of_visitor] =
            Purpose::ALL.map(key_for);
        Some(Key {
            id,
            of_session: of_session?,
            of_pending_sign_in: of_pending_sign_in?,
            of_stored_session: of_stored_session?,
            of_sign_in_request: of_sign_in_request?,
            of_visitor: of_visitor?,
        })
    }

    fn of(&self, purpose: Purpose) -> &RandomizedNonceKey {
        match purpose {
            Purpose::Session => &self.of_session,
            Purpose::PendingSignIn => &self.of_pending_sign_in,
            Purpose::StoredSession => &self.of_stored_session,
            Purpose::SignInRequest => &self.of_sign_in_request,
            Purpose::Visitor => &self.of_visitor,
        }
    }
}

#[cfg(test)]
mod tests;
