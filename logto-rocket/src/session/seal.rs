//! Sealing what a browser keeps for us: AES-256-GCM with a ring of keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::types::Secret;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const HEAD: usize = 1 + KEY_ID + NONCE;

/// What a sealed value is for. A value sealed for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    SignInAttempt,
    StoredSession,
}

/// The first key seals, all open.
///
/// Nonces are random, so one key should seal no more than 2³² values (NIST SP 800-38D §8.3): with ten
/// writes a second that is thirteen years.
pub(crate) struct KeyRing {
    keys: Vec<Key>,
    /// The application and origin that every value is bound to.
    environment: String,
}

struct Key {
    id: [u8; KEY_ID],
    key: RandomizedNonceKey,
}

/// A value that was opened.
pub(crate) struct Opened {
    pub(crate) plaintext: Vec<u8>,
    /// Sealed with a key that is on its way out: worth sealing again.
    pub(crate) with_old_key: bool,
}

impl KeyRing {
    /// `secrets` in order of preference. `None` only where the crypto library fails.
    pub(crate) fn new(secrets: &[Secret], app_id: &str, origin: &str) -> Option<Self> {
        let keys = secrets
            .iter()
            .map(|secret| Key::derive(secret.expose().as_bytes()))
            .collect::<Option<Vec<_>>>()?;
        (!keys.is_empty()).then(|| KeyRing { keys, environment: format!("{app_id}\n{origin}") })
    }

    /// A ring for this process alone.
    pub(crate) fn random(app_id: &str, origin: &str) -> Option<Self> {
        let key = Key::derive(&random::<32>())?;
        Some(KeyRing { keys: vec![key], environment: format!("{app_id}\n{origin}") })
    }

    /// `None` only where the crypto library fails.
    pub(crate) fn seal(&self, purpose: Purpose, name: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        let key = self.keys.first()?;
        let mut body = plaintext.to_vec();
        let aad = Aad::from(self.associated_data(purpose, name));
        let nonce = key.key.seal_in_place_append_tag(aad, &mut body).ok()?;
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Some(sealed)
    }

    /// `None` for whatever this ring has not sealed for this purpose, name, application and origin.
    pub(crate) fn open(&self, purpose: Purpose, name: &str, sealed: &[u8]) -> Option<Opened> {
        let (head, body) = sealed.split_at_checked(HEAD)?;
        if head[0] != VERSION {
            return None;
        }
        let (index, key) = self.keys.iter().enumerate().find(|(_, key)| key.id == head[1..=KEY_ID])?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1 + KEY_ID..]).ok()?;
        let aad = Aad::from(self.associated_data(purpose, name));
        let mut body = body.to_vec();
        let length = key.key.open_in_place(nonce, aad, &mut body).ok()?.len();
        body.truncate(length);
        Some(Opened { plaintext: body, with_old_key: index > 0 })
    }

    fn associated_data(&self, purpose: Purpose, name: &str) -> Vec<u8> {
        let purpose = match purpose {
            Purpose::Session => "session",
            Purpose::SignInAttempt => "sign-in attempt",
            Purpose::StoredSession => "stored session",
        };
        format!("{purpose}\n{name}\n{}", self.environment).into_bytes()
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
        let (mut key, mut id) = ([0; 32], [0; KEY_ID]);
        pseudo_random.expand(&[b"seal"], Bytes::<32>).ok()?.fill(&mut key).ok()?;
        pseudo_random.expand(&[b"id"], Bytes::<KEY_ID>).ok()?.fill(&mut id).ok()?;
        Some(Key { id, key: RandomizedNonceKey::new(&AES_256_GCM, &key).ok()? })
    }
}

/// Bytes of the operating system's generator.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    #[cfg(test)]
    if let Some(bytes) = foretold::bytes() {
        return bytes;
    }
    let mut bytes = [0; N];
    // aws-lc ends the process rather than hand out bytes that are not random.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes
}

/// For simulations that have to run twice in the same way: what is random on this thread follows from a seed.
#[cfg(test)]
pub(crate) mod foretold {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From now on, on this thread; `None` for chance.
    pub(crate) fn from(seed: Option<u64>) {
        STATE.set(seed);
    }

    pub(super) fn bytes<const N: usize>() -> Option<[u8; N]> {
        let mut state = STATE.get()?;
        let bytes = std::array::from_fn(|_| next(&mut state).to_le_bytes()[0]);
        STATE.set(Some(state));
        Some(bytes)
    }

    /// SplitMix64: small, and good enough to shuffle events.
    pub(crate) fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The first eight hexadecimal digits of SHA-256: names of things that are not secret.
pub(crate) fn short_hash(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old key of at least thirty-two characters";
    const NEW: &str = "a new key of at least thirty-two characters!";

    fn ring(secrets: &[&str], app: &str) -> KeyRing {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        KeyRing::new(&secrets, app, "https://app.example.com").expect("ring")
    }

    #[test]
    fn g01_every_flipped_bit_and_every_cut_is_noticed() {
        let ring = ring(&[NEW], "app");
        let sealed = ring.seal(Purpose::Session, "n", b"hello").expect("sealed");
        assert_eq!(ring.open(Purpose::Session, "n", &sealed).expect("opens").plaintext, b"hello");
        for bit in 0..sealed.len() * 8 {
            let mut broken = sealed.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open(Purpose::Session, "n", &broken).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(ring.open(Purpose::Session, "n", &sealed[..length]).is_none(), "length {length}");
        }
    }

    #[test]
    fn g02_purpose_name_and_application_are_bound() {
        let sealed = ring(&[NEW], "app").seal(Purpose::Session, "n", b"hello").expect("sealed");
        assert!(ring(&[NEW], "app").open(Purpose::SignInAttempt, "n", &sealed).is_none());
        assert!(ring(&[NEW], "app").open(Purpose::Session, "m", &sealed).is_none());
        assert!(ring(&[NEW], "other").open(Purpose::Session, "n", &sealed).is_none());
    }

    #[test]
    fn g03_old_keys_open_and_ask_for_a_new_seal() {
        let sealed = ring(&[OLD], "app").seal(Purpose::Session, "n", b"hello").expect("sealed");
        assert!(ring(&[NEW], "app").open(Purpose::Session, "n", &sealed).is_none());
        let opened = ring(&[NEW, OLD], "app").open(Purpose::Session, "n", &sealed).expect("opens");
        assert!(opened.with_old_key);
    }

    #[test]
    fn g07_the_same_value_never_seals_the_same() {
        let ring = ring(&[NEW], "app");
        const SEALS: usize = 1_000_000;
        let nonce = |_| {
            let sealed = ring.seal(Purpose::Session, "n", b"hello").expect("sealed");
            <[u8; NONCE]>::try_from(&sealed[1 + KEY_ID..HEAD]).expect("a nonce")
        };
        let mut nonces: Vec<_> = (0..SEALS).map(nonce).collect();
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), SEALS);
    }
}
