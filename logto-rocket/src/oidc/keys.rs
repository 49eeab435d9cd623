//! The issuer's keys (RFC 7517): which are taken, and what each may verify.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm as Jwa, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::jws::Jws;
use crate::error::InvalidToken;

/// Logto keeps two keys; no honest issuer has this many.
const MAX_KEYS: usize = 100;
/// In bytes of the modulus: 2048 bits.
const MIN_RSA_MODULUS: usize = 256;
/// 8192 bits: larger ones cannot be used, and would cost more than a stranger's token may.
const MAX_RSA_MODULUS: usize = 1024;

const RSA: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

/// One key as it was published, with all that was said of it. Another key under the same name is another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyId([u8; 32]);

impl KeyId {
    fn of(jwk: &Value) -> Self {
        let mut id = [0; 32];
        id.copy_from_slice(digest(&SHA256, jwk.to_string().as_bytes()).as_ref());
        KeyId(id)
    }
}

/// A public key, and what it may be used for.
#[derive(Clone)]
pub(crate) struct Key {
    id: KeyId,
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Jwt(DecodingKey),
    /// jsonwebtoken knows no ES512.
    P521(ParsedPublicKey),
}

/// The keys of one issuer, cleaned.
#[derive(Clone)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
    version: KeySetVersion,
}

/// Which keys were published, and in which order: another one after every rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeySetVersion([u8; 32]);

impl KeySetVersion {
    fn of(keys: &[Key]) -> Self {
        let all: Vec<u8> = keys.iter().flat_map(|key| key.id.0).collect();
        let mut version = [0; 32];
        version.copy_from_slice(digest(&SHA256, &all).as_ref());
        KeySetVersion(version)
    }

    #[cfg(test)]
    pub(super) fn for_test(number: u8) -> Self {
        KeySetVersion([number; 32])
    }
}

/// Whether a set has the key for a token.
pub(super) enum Selection<'k> {
    Found(&'k Key),
    /// The key id is known, but that key does not verify this algorithm.
    WrongAlgorithm,
    /// No key fits: perhaps the set is out of date.
    Unknown,
}

impl KeySet {
    /// Reads a JWK set. Keys that must not or cannot be used are dropped, each with its reason; a body
    /// that is no JWK set is an error.
    pub(super) fn parse(body: &[u8]) -> Result<(Self, Vec<String>), String> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document =
            serde_json::from_slice(body).map_err(|_| "it is not a JWK set".to_owned())?;
        if document.keys.len() > MAX_KEYS {
            return Err(format!("it contains more than {MAX_KEYS} keys"));
        }
        let mut keys: Vec<(Key, Value)> = Vec::new();
        let mut dropped = Vec::new();
        for value in document.keys {
            match Key::parse(&value) {
                Ok(key) => keys.push((key, value)),
                Err(reason) => dropped.push(reason.to_owned()),
            }
        }
        let ambiguous: Vec<bool> = keys
            .iter()
            .map(|(key, value)| keys.iter().any(|(other, twin)| value != twin && key.is_confused_with(other)))
            .collect();
        let mut kept: Vec<Key> = Vec::new();
        for ((key, _), ambiguous) in keys.into_iter().zip(ambiguous) {
            if ambiguous {
                dropped.push("it shares `kid` and algorithm with another key".to_owned());
            } else {
                kept.push(key);
            }
        }
        if kept.is_empty() {
            return Err("it contains no key that can verify a signature".to_owned());
        }
        let version = KeySetVersion::of(&kept);
        Ok((KeySet { keys: kept, version }, dropped))
    }

    /// The number of usable keys.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn version(&self) -> KeySetVersion {
        self.version
    }

    pub(super) fn contains(&self, id: &KeyId) -> bool {
        self.keys.iter().any(|key| key.id == *id)
    }

    pub(super) fn select(&self, jws: &Jws<'_>) -> Selection<'_> {
        let fits = |key: &&Key| key.algorithms.contains(&jws.algorithm);
        match &jws.kid {
            Some(kid) => {
                let mut named = self.keys.iter().filter(|key| key.kid.as_deref() == Some(kid)).peekable();
                if named.peek().is_none() {
                    return Selection::Unknown;
                }
                named.find(fits).map_or(Selection::WrongAlgorithm, Selection::Found)
            }
            // Without a key id only an unambiguous choice is safe.
            None => {
                let mut fitting = self.keys.iter().filter(fits);
                match (fitting.next(), fitting.next()) {
                    (Some(key), None) => Selection::Found(key),
                    _ => Selection::Unknown,
                }
            }
        }
    }
}

impl Key {
    fn parse(jwk: &Value) -> Result<Self, &'static str> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|private| jwk.get(private).is_some()) {
            return Err("it contains private key material");
        }
        if jwk.get("use").is_some() && text("use") != Some("sig") {
            return Err("its `use` is not `sig`");
        }
        if let Some(operations) = jwk.get("key_ops") {
            let verifies = operations.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify"));
            if !verifies {
                return Err("its `key_ops` do not include `verify`");
            }
        }
        let (material, possible) = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => (ec(jwk, 32)?, vec![Algorithm::Es256]),
            (Some("EC"), Some("P-384")) => (ec(jwk, 48)?, vec![Algorithm::Es384]),
            (Some("EC"), Some("P-521")) => (ec(jwk, 66)?, vec![Algorithm::Es512]),
            (Some("OKP"), Some("Ed25519")) => (ed25519(jwk)?, vec![Algorithm::EdDsa]),
            (Some("RSA"), _) => (rsa(jwk)?, RSA.to_vec()),
            _ => return Err("its key type or curve is not supported"),
        };
        let algorithms = match jwk.get("alg") {
            None => possible,
            Some(alg) => {
                let alg = alg.as_str().and_then(Algorithm::from_name).ok_or("its algorithm is unknown")?;
                if !possible.contains(&alg) {
                    return Err("its algorithm does not match its key type");
                }
                vec![alg]
            }
        };
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str().ok_or("its `kid` is not a string")?.to_owned()),
        };
        Ok(Key { id: KeyId::of(jwk), kid, algorithms, material })
    }

    pub(super) fn id(&self) -> KeyId {
        self.id
    }

    fn is_confused_with(&self, other: &Key) -> bool {
        self.kid.is_some()
            && self.kid == other.kid
            && self.algorithms.iter().any(|algorithm| other.algorithms.contains(algorithm))
    }

    pub(super) fn verify(&self, jws: &Jws<'_>) -> Result<(), InvalidToken> {
        let message = jws.signing_input;
        let verified = match (&self.material, jwa(jws.algorithm)) {
            (Material::Jwt(key), Some(algorithm)) => {
                // Not through `jsonwebtoken::decode`: that takes the process-wide provider, and panics
                // where another crate has switched on a second one.
                (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm, key)
                    .is_ok_and(|verifier| verifier.verify(message, &jws.signature).is_ok())
            }
            (Material::P521(key), None) => key.verify_sig(message, &jws.signature).is_ok(),
            _ => false,
        };
        if verified { Ok(()) } else { Err(InvalidToken::Signature) }
    }
}

fn jwa(algorithm: Algorithm) -> Option<Jwa> {
    Some(match algorithm {
        Algorithm::Es256 => Jwa::ES256,
        Algorithm::Es384 => Jwa::ES384,
        Algorithm::Es512 => return None,
        Algorithm::Rs256 => Jwa::RS256,
        Algorithm::Rs384 => Jwa::RS384,
        Algorithm::Rs512 => Jwa::RS512,
        Algorithm::Ps256 => Jwa::PS256,
        Algorithm::Ps384 => Jwa::PS384,
        Algorithm::Ps512 => Jwa::PS512,
        Algorithm::EdDsa => Jwa::EdDSA,
    })
}

fn coordinate(jwk: &Value, member: &str) -> Result<Vec<u8>, &'static str> {
    let text = jwk.get(member).and_then(Value::as_str).ok_or("a key parameter is missing")?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "a key parameter is not base64url")
}

/// Parsing checks that the point lies on the curve.
fn ec(jwk: &Value, size: usize) -> Result<Material, &'static str> {
    let (x, y) = (coordinate(jwk, "x")?, coordinate(jwk, "y")?);
    if x.len() != size || y.len() != size {
        return Err("its coordinates have the wrong length");
    }
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    let off_curve = |_| "its point is not on the curve";
    Ok(match size {
        32 => {
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(off_curve)?;
            Material::Jwt(DecodingKey::from_ec_der(&point))
        }
        48 => {
            ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &point).map_err(off_curve)?;
            Material::Jwt(DecodingKey::from_ec_der(&point))
        }
        _ => Material::P521(ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, &point).map_err(off_curve)?),
    })
}

fn ed25519(jwk: &Value) -> Result<Material, &'static str> {
    let x = coordinate(jwk, "x")?;
    ParsedPublicKey::new(&ED25519, &x).map_err(|_| "its point is not on the curve")?;
    Ok(Material::Jwt(DecodingKey::from_ed_der(&x)))
}

fn rsa(jwk: &Value) -> Result<Material, &'static str> {
    let (n, e) = (coordinate(jwk, "n")?, coordinate(jwk, "e")?);
    let n = trim_zeros(&n);
    let e = trim_zeros(&e);
    if n.len() < MIN_RSA_MODULUS
        || n.first().is_none_or(|byte| byte.leading_zeros() > 0) && n.len() == MIN_RSA_MODULUS
    {
        return Err("it is an RSA key with fewer than 2048 bits");
    }
    if n.len() > MAX_RSA_MODULUS {
        return Err("it is an RSA key with more than 8192 bits");
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if !odd(n) || !odd(e) || e == [1] || e.len() > 8 {
        return Err("its RSA modulus or exponent is not valid");
    }
    if has_roca_fingerprint(n) {
        return Err("it is an RSA key that can be factored (ROCA)");
    }
    Ok(Material::Jwt(DecodingKey::from_rsa_raw_components(n, e)))
}

/// Whether a modulus has the form of CVE-2017-15361: modulo every small prime it is a power of 65537. Of other
/// moduli not one in a hundred million has.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    let residue = |prime: u32| modulus.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % prime);
    let is_power = |prime: u32| {
        let wanted = residue(prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
        powers.take(prime as usize).any(|power| power == wanted)
    };
    SMALL_PRIMES.iter().all(|prime| is_power(*prime))
}

const SMALL_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

fn trim_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    &number[start..]
}
