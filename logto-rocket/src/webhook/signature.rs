//! The signature of a webhook: HMAC-SHA-256 over the unchanged body, in hexadecimal.

use aws_lc_rs::hmac;

use crate::types::Secret;

pub(crate) const SIGNATURE_HEADER: &str = "logto-signature-sha-256";

/// The signing keys of the tenant's webhooks. Each webhook has its own key, and an old key stays valid while it is
/// replaced.
pub(crate) struct SigningKeys(Vec<hmac::Key>);

impl SigningKeys {
    pub(crate) fn new(keys: &[Secret]) -> Self {
        let key = |key: &Secret| hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes());
        SigningKeys(keys.iter().map(key).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the keys signed exactly these bytes. The comparison takes constant time.
    pub(crate) fn have_signed(&self, body: &[u8], signature: &Signature) -> bool {
        self.0.iter().any(|key| hmac::verify(key, body, &signature.0).is_ok())
    }
}

/// The value of a signature header, not yet verified.
pub(crate) struct Signature([u8; 32]);

impl Signature {
    /// Parses sixty-four hexadecimal digits. `None` for anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut tag = [0; 32];
        for (byte, pair) in tag.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Signature(tag))
    }
}

fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> SigningKeys {
        SigningKeys::new(&keys.iter().map(|key| Secret::new(*key)).collect::<Vec<_>>())
    }

    /// RFC 4231 §4.3.
    const SIGNATURE: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BODY: &[u8] = b"what do ya want for nothing?";

    #[test]
    fn k20_the_signature_is_that_of_rfc_4231() {
        let signature = Signature::read(SIGNATURE).expect("a signature");
        assert!(keys(&["Jefe"]).have_signed(BODY, &signature));
        assert!(keys(&["another", "Jefe"]).have_signed(BODY, &signature), "keys are replaced one by one");
        assert!(!keys(&["another"]).have_signed(BODY, &signature));
        assert!(!keys(&[]).have_signed(BODY, &signature));
        assert!(!keys(&["Jefe"]).have_signed(b"what do ya want for nothing? ", &signature));
    }

    #[test]
    fn k20_anything_else_is_not_a_signature() {
        for bad in [
            "",
            "5bdcc146",
            &SIGNATURE[..63],
            &format!("{SIGNATURE}0"),
            &format!("sha256={SIGNATURE}"),
            &SIGNATURE.replace('5', "g"),
            &"é".repeat(32),
        ] {
            assert!(Signature::read(bad).is_none(), "{bad}");
        }
    }
}
