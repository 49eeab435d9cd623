//! The session ids in cookies: random, with a tag by which this application recognizes its own ids without the store.
//!
//! The tag grants nothing: only the store decides what an id leads to. It is checked while the store is down, when the
//! store cannot tell invented ids from real ones.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::random::random;
use crate::config::{CookieKeys, WebAppConfig};

/// 256 bits as base64url.
const RANDOM: usize = 43;
/// Of the HMAC as base64url: 128 bits.
const TAG: usize = 22;
/// Between the two; not in base64url.
const SEPARATOR_BYTE: u8 = b'.';
const SEPARATOR: char = SEPARATOR_BYTE as char;

pub(super) struct SessionIds {
    /// The first key makes tags, the tags of all keys are accepted.
    keys: Vec<hmac::Key>,
}

impl SessionIds {
    pub(super) fn new(config: &WebAppConfig) -> Self {
        match &config.cookie_keys {
            CookieKeys::Given(keys) => {
                let environment = format!("{}\n{}", config.app.id, config.environment());
                let secrets = keys.iter().map(|key| key.expose().as_bytes());
                SessionIds { keys: secrets.map(|secret| derive(secret, &environment)).collect() }
            }
            CookieKeys::Random => SessionIds { keys: vec![derive(&random::<32>(), "")] },
        }
    }

    /// A new id.
    pub(super) fn make(&self) -> String {
        let mut id = URL_SAFE_NO_PAD.encode(random::<32>());
        if let Some(key) = self.keys.first() {
            let tag = tag(key, &id);
            id.push(SEPARATOR);
            id.push_str(&tag);
        }
        id
    }

    /// Whether it has the shape of an id.
    pub(super) fn is_id(text: &str) -> bool {
        let text = text.as_bytes();
        match text.split_at_checked(RANDOM) {
            // Made before there were tags.
            Some((id, [])) => is_base64url(id),
            Some((id, [SEPARATOR_BYTE, tag @ ..])) => {
                is_base64url(id) && tag.len() == TAG && is_base64url(tag)
            }
            _ => false,
        }
    }

    /// Whether this application has made it.
    pub(super) fn have_made(&self, text: &str) -> bool {
        let Some((id, told)) = text.split_once(SEPARATOR) else { return false };
        let is_equal = |tag: String| {
            aws_lc_rs::constant_time::verify_slices_are_equal(tag.as_bytes(), told.as_bytes()).is_ok()
        };
        self.keys.iter().any(|key| is_equal(tag(key, id)))
    }
}

/// Whether it decodes, without decoding it: the bits of the last character that go beyond whole bytes are zero.
fn is_base64url(text: &[u8]) -> bool {
    let unused_bits = text.len() * 6 % 8;
    text.iter().all(|byte| IN_ALPHABET[usize::from(*byte)])
        && text.last().and_then(|last| sextet(*last)).is_some_and(|last| last % (1 << unused_bits) == 0)
}

/// Which bytes are characters of base64url: looked up for each character of an id, with each request.
const IN_ALPHABET: [bool; 256] = {
    let mut found = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        found[byte as usize] = sextet(byte).is_some();
        byte += 1;
    }
    found
};

const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

fn derive(secret: &[u8], environment: &str) -> hmac::Key {
    let label = format!("logto-rocket session id\n{environment}");
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), label.as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
}

fn tag(key: &hmac::Key, id: &str) -> String {
    let tag = hmac::sign(key, id.as_bytes());
    let mut text = URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default());
    text.truncate(TAG);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(secrets: &[&str]) -> SessionIds {
        SessionIds { keys: secrets.iter().map(|secret| derive(secret.as_bytes(), "app")).collect() }
    }

    #[test]
    fn an_id_has_the_shape_of_base64url_in_all_its_bits() {
        let random = URL_SAFE_NO_PAD.encode([0xa5; 32]);
        let rest = &random[..RANDOM - 1];
        for byte in 0..=u8::MAX {
            let id = format!("{rest}{}", char::from(byte));
            assert_eq!(SessionIds::is_id(&id), URL_SAFE_NO_PAD.decode(&id).is_ok(), "{byte}");
            let id = format!("{}{rest}", char::from(byte));
            assert_eq!(SessionIds::is_id(&id), URL_SAFE_NO_PAD.decode(&id).is_ok(), "{byte} in front");
            let tag = format!("{}{}", &random[..TAG - 1], char::from(byte));
            let id = format!("{random}.{tag}");
            assert_eq!(SessionIds::is_id(&id), URL_SAFE_NO_PAD.decode(&tag).is_ok(), "{byte} in a tag");
        }
    }

    #[test]
    fn field_21_ids_are_told_from_invented_ones() {
        let (own, other) = (ids(&["new", "old"]), ids(&["another"]));
        let id = own.make();
        assert!(SessionIds::is_id(&id) && own.have_made(&id));
        assert!(!other.have_made(&id));
        assert!(own.have_made(&ids(&["old"]).make()), "keys are replaced one after the other");
        assert_ne!(id, own.make());
        let (random, tag) = id.split_once(SEPARATOR).expect("a tag");
        let invented = URL_SAFE_NO_PAD.encode([7; 32]);
        assert!(SessionIds::is_id(random) && !own.have_made(random), "of the time before tags");
        assert!(!own.have_made(&format!("{invented}{SEPARATOR}{tag}")));
        for bad in [
            "",
            ".",
            "no-id",
            &id[1..],
            &format!("{id}A"),
            &format!("{random}."),
            &format!("{id}.{tag}"),
            &id.replace('.', "-"),
        ] {
            assert!(!SessionIds::is_id(bad) && !own.have_made(bad), "{bad}");
        }
    }
}
