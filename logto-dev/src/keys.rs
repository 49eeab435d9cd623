//! The tenant's signing keys: real ones, which are generated at start and never stored.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{Error, Result, random};

/// Logto keeps the current and the previous key.
const KEPT: usize = 2;

/// The kind of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// An elliptic-curve key on P-384 for ES384, as in a new Logto tenant.
    Ec,
    /// An RSA key of 2048 bits for RS256, which an administrator may rotate to.
    Rsa,
}

pub(crate) struct KeyRing {
    keys: Vec<SigningKey>,
    published_instead: Option<Value>,
}

pub(crate) struct SigningKey {
    pub(crate) kid: String,
    secret: Secret,
}

enum Secret {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl KeyRing {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { keys: vec![SigningKey::generate(KeyKind::Ec)?], published_instead: None })
    }

    pub(crate) fn current(&self) -> &SigningKey {
        // `new` adds a key, and `rotate` never leaves fewer.
        &self.keys[0]
    }

    pub(crate) fn rotate(&mut self, kind: KeyKind) -> Result<String> {
        let key = SigningKey::generate(kind)?;
        let kid = key.kid.clone();
        self.keys.insert(0, key);
        self.keys.truncate(KEPT);
        Ok(kid)
    }

    /// Removes the previous key at once, as rotating twice does.
    pub(crate) fn forget_previous(&mut self) {
        self.keys.truncate(1);
    }

    pub(crate) fn kids(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.kid.clone()).collect()
    }

    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": self.keys.iter().map(SigningKey::jwk).collect::<Vec<_>>() })
    }

    /// The key set as clients see it.
    pub(crate) fn published(&self) -> Value {
        self.published_instead.clone().unwrap_or_else(|| self.jwks())
    }

    pub(crate) fn publish_instead(&mut self, jwks: Option<Value>) {
        self.published_instead = jwks;
    }

    /// The algorithms in the discovery document. An RSA key stands for PS256 and RS256.
    pub(crate) fn algorithms(&self) -> Vec<&'static str> {
        let mut algorithms = Vec::new();
        for key in &self.keys {
            let of_key: &[&'static str] = match key.secret {
                Secret::Ec(_) => &["ES384"],
                Secret::Rsa(_) => &["PS256", "RS256"],
            };
            for algorithm in of_key {
                if !algorithms.contains(algorithm) {
                    algorithms.push(algorithm);
                }
            }
        }
        algorithms
    }

    /// The claims of a token that one of the keys signed, expired or not.
    pub(crate) fn open(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let kid = header.get("kid")?.as_str()?;
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let genuine = header.get("alg").and_then(Value::as_str) == Some(key.algorithm())
            && key.verifies(signed.as_bytes(), &signature);
        if !genuine {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

impl SigningKey {
    pub(crate) fn generate(kind: KeyKind) -> Result<Self> {
        let secret = match kind {
            KeyKind::Ec => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Secret::Ec),
            KeyKind::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(Secret::Rsa),
        }
        .map_err(|_| Error::Crypto)?;
        let mut key = Self { kid: String::new(), secret };
        key.kid = key.thumbprint();
        Ok(key)
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self.secret {
            Secret::Ec(_) => "ES384",
            Secret::Rsa(_) => "RS256",
        }
    }

    /// Signs header and claims as they are. The signature is this key's, whatever `alg` the header has.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.signature(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Ec(key) => key
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| Error::Crypto),
            Secret::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| Error::Crypto)?;
                Ok(signature)
            }
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.secret {
            Secret::Ec(key) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key.public_key().as_ref())
                .verify(message, signature)
                .is_ok(),
            Secret::Rsa(key) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
                    .verify(message, signature)
                    .is_ok()
            }
        }
    }

    fn jwk(&self) -> Value {
        match &self.secret {
            Secret::Ec(key) => {
                let (x, y) = ec_coordinates(key);
                json!({ "kty": "EC", "use": "sig", "kid": self.kid, "alg": "ES384", "crv": "P-384", "x": x, "y": y })
            }
            Secret::Rsa(key) => {
                let (n, e) = rsa_numbers(key);
                // Logto publishes no `alg` for an RSA key, because several are possible.
                json!({ "kty": "RSA", "use": "sig", "kid": self.kid, "e": e, "n": n })
            }
        }
    }

    /// RFC 7638: the required members in alphabetical order, hashed.
    fn thumbprint(&self) -> String {
        let members = match &self.secret {
            Secret::Ec(key) => {
                let (x, y) = ec_coordinates(key);
                format!(r#"{{"crv":"P-384","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Secret::Rsa(key) => {
                let (n, e) = rsa_numbers(key);
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
        };
        random::sha256_base64url(members.as_bytes())
    }
}

/// The public key is the uncompressed point: a 4, then x, then y, 48 bytes each.
fn ec_coordinates(key: &EcdsaKeyPair) -> (String, String) {
    let point = key.public_key().as_ref().get(1..).unwrap_or_default();
    let (x, y) = point.split_at(point.len() / 2);
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// The public key is PKCS #1: a DER sequence of two integers, modulus and exponent.
fn rsa_numbers(key: &RsaKeyPair) -> (String, String) {
    let sequence = der_content(key.public_key().as_ref()).0;
    let (modulus, rest) = der_content(sequence);
    let (exponent, _) = der_content(rest);
    let number = |der: &[u8]| {
        let without_sign = der.strip_prefix(&[0]).unwrap_or(der);
        URL_SAFE_NO_PAD.encode(without_sign)
    };
    (number(modulus), number(exponent))
}

/// Splits DER into the content of its first element and what follows it.
fn der_content(der: &[u8]) -> (&[u8], &[u8]) {
    let Some((_tag, rest)) = der.split_first() else { return (&[], &[]) };
    let Some((&first, rest)) = rest.split_first() else { return (&[], &[]) };
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f)).unwrap_or((&[], &[]));
        (digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    rest.split_at_checked(length).unwrap_or((&[], &[]))
}
