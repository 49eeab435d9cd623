//! Signature algorithms (RFC 7518 §3.1, RFC 8037).

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The asymmetric signature algorithms of RFC 7518 §3.1 and RFC 8037. Others do not exist here, so no
/// token can ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Es384,
    Es512,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    EdDsa,
}

impl Algorithm {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Algorithm::Es256,
            "ES384" => Algorithm::Es384,
            "ES512" => Algorithm::Es512,
            "RS256" => Algorithm::Rs256,
            "RS384" => Algorithm::Rs384,
            "RS512" => Algorithm::Rs512,
            "PS256" => Algorithm::Ps256,
            "PS384" => Algorithm::Ps384,
            "PS512" => Algorithm::Ps512,
            // RFC 9864 gives the one curve that is in use a name of its own.
            "EdDSA" | "Ed25519" => Algorithm::EdDsa,
            _ => return None,
        })
    }

    /// The left half of `text`'s hash, by the hash function of the algorithm (OpenID Connect Core §3.1.3.6;
    /// SHA-512 for Ed25519), in base64url.
    pub(super) fn half_hash(self, text: &str) -> String {
        let function = match self {
            Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => &SHA256,
            Algorithm::Es384 | Algorithm::Rs384 | Algorithm::Ps384 => &SHA384,
            Algorithm::Es512 | Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => &SHA512,
        };
        let hash = digest(function, text.as_bytes());
        let (left, _) = hash.as_ref().split_at(function.output_len() / 2);
        URL_SAFE_NO_PAD.encode(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OpenID Connect Core, appendix A.4.
    #[test]
    fn d12_half_a_hash_stands_for_an_access_token() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(Algorithm::Rs256.half_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
        for (algorithm, length) in [(Algorithm::Es384, 32), (Algorithm::Ps512, 43), (Algorithm::EdDsa, 43)] {
            assert_eq!(algorithm.half_hash(token).len(), length);
        }
    }
}
