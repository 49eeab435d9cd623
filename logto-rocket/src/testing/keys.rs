//! The signing key of one application under test: ES384, as Logto's are.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::session::random;

/// A key that nobody else has: it is generated for each application, and is never written anywhere.
pub(super) struct SigningKey {
    pair: EcdsaKeyPair,
    kid: String,
}

/// What a token is, as the `typ` of its header says.
#[derive(Debug, Clone, Copy)]
pub(super) enum TokenKind {
    AccessToken,
    /// Logto gives ID tokens no `typ`.
    IdToken,
}

impl SigningKey {
    pub(super) fn generate() -> Result<Self, String> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
            .map_err(|_| "cannot generate a signing key for tests".to_owned())?;
        Ok(SigningKey { pair, kid: encoded(&random::<32>()) })
    }

    /// The public key, as a JWK (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        // An uncompressed point: 4, then x and y.
        let (x, y) = self.pair.public_key().as_ref().split_at(49);
        json!({
            "kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": self.kid,
            "x": encoded(x.get(1..).unwrap_or_default()), "y": encoded(y),
        })
    }

    /// `None` if aws-lc cannot sign.
    pub(super) fn sign(&self, kind: TokenKind, claims: &Map<String, Value>) -> Option<String> {
        let header = match kind {
            TokenKind::AccessToken => json!({ "alg": "ES384", "typ": "at+jwt", "kid": self.kid }),
            TokenKind::IdToken => json!({ "alg": "ES384", "kid": self.kid }),
        };
        let claims = serde_json::to_vec(claims).ok()?;
        let signed = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", encoded(signature.as_ref())))
    }
}

/// A random text, as Logto's opaque tokens are.
pub(super) fn opaque() -> String {
    encoded(&random::<32>())
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
