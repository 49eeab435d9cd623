//! Project Wycheproof's vectors, through the very path that tokens take: no invalid one is taken, and every
//! valid one that is not is named here, with the reason.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wycheproof::TestResult;
use wycheproof_ng_kdf_jose::json_web;

use super::jws::Jws;
use super::keys::{KeySet, Selection};

/// Whether a token is genuine by this key or one of these keys.
fn is_genuine(keys: &Value, token: &str) -> bool {
    let set = if keys.get("keys").is_some() { keys.clone() } else { json!({ "keys": [keys] }) };
    let Ok((keys, _)) = KeySet::parse(set.to_string().as_bytes()) else { return false };
    let Ok(jws) = Jws::parse(token) else { return false };
    match keys.select(&jws) {
        Selection::Found(key) => key.verify(&jws).is_ok(),
        _ => false,
    }
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Valid vectors that are refused, by the key's type and algorithm.
    refused_though_valid: BTreeMap<String, usize>,
}

fn run(test: json_web::TestName) -> Tally {
    let set: Value = serde_json::from_str(test.json_data()).expect("vectors");
    let mut tally = Tally::default();
    for group in set["testGroups"].as_array().expect("groups") {
        let keys = group.get("public").or_else(|| group.get("private")).expect("a key");
        for vector in group["tests"].as_array().expect("vectors") {
            let Some(jws) = vector.get("jws") else { continue };
            let token = jws.as_str().map_or_else(|| jws.to_string(), str::to_owned);
            let (genuine, valid) = (is_genuine(keys, &token), vector["result"] == "valid");
            let what = format!("{} {}: {}", group["comment"], vector["tcId"], vector["comment"]);
            assert!(valid || !genuine, "an invalid vector is taken: {what}");
            if genuine {
                tally.accepted += 1;
            } else {
                tally.refused += 1;
            }
            if valid && !genuine {
                let key = keys.get("keys").map_or(keys, |keys| &keys[0]);
                let name = format!("{} {}", key["kty"], key["alg"]).replace('"', "");
                *tally.refused_though_valid.entry(name).or_default() += 1;
            }
        }
    }
    tally
}

fn exceptions(list: &[(&str, usize)]) -> BTreeMap<String, usize> {
    list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn e16_wycheproof_json_web_signature() {
    let tally = run(json_web::TestName::JsonWebSignature);
    assert_eq!(tally.accepted + tally.refused, 401);
    // Symmetric keys have no place in a key set; no algorithm is called ES521, as the key of RFC 7520's example
    // says here (it is ES512); and a key that is published for PS256 verifies no PS384 (figure 20).
    let excepted = exceptions(&[("oct HS256", 10), ("EC ES521", 2), ("RSA PS256", 2)]);
    assert_eq!(tally.refused_though_valid, excepted);
    assert_eq!(tally.accepted, 46 - 14);
}

#[test]
fn e17_wycheproof_json_web_key() {
    let tally = run(json_web::TestName::JsonWebKey);
    assert_eq!(tally.accepted + tally.refused, 26);
    let excepted = exceptions(&[("oct HS256", 2), ("oct HS384", 1), ("oct HS512", 1)]);
    assert_eq!(tally.refused_though_valid, excepted);
    assert_eq!(tally.accepted, 1);
}

#[test]
fn e17_wycheproof_json_web_crypto() {
    let tally = run(json_web::TestName::JsonWebCrypto);
    assert_eq!(tally.accepted + tally.refused, 49);
    assert_eq!(tally.refused_though_valid, exceptions(&[("oct HS256", 2)]));
    assert_eq!(tally.accepted, 2);
}

/// A vector of a bare signature, made into a token: the message stands where header and payload would.
fn verifies(jwk: &Value, alg: &str, message: &[u8], signature: &[u8]) -> bool {
    let set = json!({ "keys": [jwk] }).to_string();
    let Ok((keys, _)) = KeySet::parse(set.as_bytes()) else { return false };
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg }).to_string());
    let token = format!("{header}.e30.{}", URL_SAFE_NO_PAD.encode(signature));
    let Ok(mut jws) = Jws::parse(&token) else { return false };
    match keys.select(&jws) {
        Selection::Found(key) => {
            jws.signing_input = message;
            key.verify(&jws).is_ok()
        }
        _ => false,
    }
}

/// Holds a verdict against a vector's; returns whether the vector was taken.
fn judge(taken: bool, result: TestResult, what: &str) -> bool {
    match result {
        TestResult::Valid => assert!(taken, "a valid vector is refused: {what}"),
        TestResult::Invalid => assert!(!taken, "an invalid vector is taken: {what}"),
        TestResult::Acceptable => {}
    }
    taken
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn e18_wycheproof_ecdsa() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut count = 0;
    for (name, alg, curve, size) in [
        (TestName::EcdsaSecp256r1Sha256P1363, "ES256", "P-256", 32),
        (TestName::EcdsaSecp384r1Sha384P1363, "ES384", "P-384", 48),
        (TestName::EcdsaSecp521r1Sha512P1363, "ES512", "P-521", 66),
    ] {
        for group in TestSet::load(name).expect("vectors").test_groups {
            // An uncompressed point.
            let point: &[u8] = group.key.key.as_ref();
            let (x, y) = point[1..].split_at(size);
            let jwk = json!({ "kty": "EC", "crv": curve, "x": b64(x), "y": b64(y) });
            for vector in group.tests {
                let taken = verifies(&jwk, alg, vector.msg.as_ref(), vector.sig.as_ref());
                judge(taken, vector.result, &format!("{alg} {}: {}", vector.tc_id, vector.comment));
                count += 1;
            }
        }
    }
    assert!(count > 800, "{count} vectors");
}

#[test]
fn e18_wycheproof_ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::Ed25519).expect("vectors").test_groups {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(group.key.pk.as_ref()) });
        for vector in group.tests {
            let taken = verifies(&jwk, "EdDSA", vector.msg.as_ref(), vector.sig.as_ref());
            judge(taken, vector.result, &format!("Ed25519 {}: {}", vector.tc_id, vector.comment));
            count += 1;
        }
    }
    assert!(count >= 150, "{count} vectors");
}

#[test]
fn e18_wycheproof_rsa() {
    use wycheproof::{rsa_pkcs1_verify, rsa_pss_verify};
    let mut count = 0;
    let set = rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256).expect("vectors");
    for group in set.test_groups {
        let jwk = json!({ "kty": "RSA", "n": b64(group.key.n.as_ref()), "e": b64(group.key.e.as_ref()) });
        for vector in group.tests {
            let taken = verifies(&jwk, "RS256", vector.msg.as_ref(), vector.sig.as_ref());
            judge(taken, vector.result, &format!("RS256 {}: {}", vector.tc_id, vector.comment));
            count += 1;
        }
    }
    let name = rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32;
    for group in rsa_pss_verify::TestSet::load(name).expect("vectors").test_groups {
        let jwk = json!({ "kty": "RSA", "n": b64(group.key.n.as_ref()), "e": b64(group.key.e.as_ref()) });
        for vector in group.tests {
            let taken = verifies(&jwk, "PS256", vector.msg.as_ref(), vector.sig.as_ref());
            judge(taken, vector.result, &format!("PS256 {}: {}", vector.tc_id, vector.comment));
            count += 1;
        }
    }
    assert!(count > 350, "{count} vectors");
}
