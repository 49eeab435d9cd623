//! Identifiers and hashes in the formats of Logto.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// 43 characters: the format of codes, opaque tokens, grant ids and interaction ids.
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// 21 characters: the format of the ids of verification records and of factors.
pub(crate) fn record_id() -> String {
    letters(&bytes::<21>())
}

/// Six digits: the format of a verification code.
pub(crate) fn digits() -> String {
    bytes::<6>().iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// Ten hexadecimal characters: the format of a backup code.
pub(crate) fn backup_code() -> String {
    hex(&bytes::<5>())
}

/// 160 bits, as RFC 4226 §4 recommends.
pub(crate) fn totp_secret() -> [u8; 20] {
    bytes()
}

/// 16 characters: the format of a request id.
pub(crate) fn request_id() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<12>())
}

/// 48 hexadecimal characters: the format of the anti-forgery value of the sign-out page.
pub(crate) fn hex48() -> String {
    hex(&bytes::<24>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id that is the same for the same name in every run, so that examples survive a restart of the tenant.
pub(crate) fn stable_id(kind: &str, name: &str, length: usize) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{kind}:{name}").as_bytes());
    letters(&hash.as_ref()[..length.min(hash.as_ref().len())])
}

fn letters(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

pub(crate) fn sha256_base64url(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, data))
}

/// An entity tag in Logto's format: the length in hexadecimal and a SHA-1 hash.
pub(crate) fn etag(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, body);
    format!("\"{:x}-{}\"", body.len(), STANDARD_NO_PAD.encode(hash))
}

/// The signature of a cookie, in the format of Logto's `.sig` cookies.
pub(crate) fn cookie_signature(secret: &str, name: &str, value: &str) -> String {
    let hash =
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{secret}:{name}={value}").as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's generator only fails when the machine is unusable; aws-lc aborts before that.
    let filled = rand::fill(&mut bytes);
    assert!(filled.is_ok(), "the operating system has no randomness");
    bytes
}
