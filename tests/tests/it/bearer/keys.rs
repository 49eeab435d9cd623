//! Algorithms, and which key may verify what.

use logto_tests::{Bench, Signer, claims_of};
use serde_json::json;

use super::{accepted, good, refused};

const ALGORITHMS: [&str; 10] =
    ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"];

#[rocket::async_test]
async fn a08_every_algorithm_that_logto_may_turn_to_is_taken() {
    let bench = Bench::probe_app().await;
    let signers: Vec<Signer> = ALGORITHMS.into_iter().map(Signer::new).collect();
    let jwks: Vec<_> = signers.iter().map(Signer::jwk).collect();
    bench.tenant.keys().publish_instead(json!({ "keys": jwks }));
    let claims = claims_of(&good(&bench.tenant));
    for signer in &signers {
        accepted(&bench, &signer.sign(signer.header(), &claims), signer.kid()).await;
    }
}

#[rocket::async_test]
async fn e03_e21_a_key_verifies_its_own_algorithm_alone() {
    let bench = Bench::probe_app().await;
    let signers: Vec<Signer> = ALGORITHMS.into_iter().map(Signer::new).collect();
    let jwks: Vec<_> = signers.iter().map(Signer::jwk).collect();
    bench.tenant.keys().publish_instead(json!({ "keys": jwks }));
    let claims = claims_of(&good(&bench.tenant));
    accepted(&bench, &signers[0].sign(signers[0].header(), &claims), "the keys are known").await;
    for signer in &signers {
        for other in ALGORITHMS.into_iter().filter(|other| !signer.kid().ends_with(other)) {
            // The name of the key, another algorithm: as it stands, or really signed with that algorithm.
            let header = json!({ "alg": other, "typ": "at+jwt", "kid": signer.kid() });
            refused(&bench, &signer.sign(&header, &claims), "token_algorithm", other).await;
        }
        let header = json!({ "alg": "none", "typ": "at+jwt", "kid": signer.kid() });
        refused(&bench, &signer.sign(&header, &claims), "token_algorithm", "none").await;
    }
}

/// The same RSA numbers, published for RS256 and used for PS256.
#[rocket::async_test]
async fn e03_an_rsa_key_does_not_change_its_padding() {
    let bench = Bench::probe_app().await;
    let signer = Signer::new("PS256");
    let mut jwk = signer.jwk();
    jwk["alg"] = "RS256".into();
    let other = Signer::new("ES256");
    bench.tenant.keys().publish_instead(json!({ "keys": [jwk, other.jwk()] }));
    let claims = claims_of(&good(&bench.tenant));
    accepted(&bench, &other.sign(other.header(), &claims), "the keys are known").await;
    refused(&bench, &signer.sign(signer.header(), &claims), "token_algorithm", "PS256").await;
}

#[rocket::async_test]
async fn a06_a07_without_a_key_id_only_one_key_may_fit() {
    let bench = Bench::probe_app().await;
    let (first, second) = (Signer::new("ES256"), Signer::new("ES256"));
    let claims = claims_of(&good(&bench.tenant));
    let anonymous = json!({ "alg": "ES256", "typ": "at+jwt" });
    let named = |signer: &Signer, kid: &str| {
        let mut jwk = signer.jwk();
        jwk["kid"] = kid.into();
        jwk
    };
    bench
        .tenant
        .keys()
        .publish_instead(json!({ "keys": [named(&first, "one"), Signer::new("RS256").jwk()] }));
    accepted(&bench, &first.sign(&anonymous, &claims), "the only key for ES256").await;
    let bench = Bench::probe_app().await;
    let claims = claims_of(&good(&bench.tenant));
    bench.tenant.keys().publish_instead(json!({ "keys": [named(&first, "one"), named(&second, "two")] }));
    refused(&bench, &first.sign(&anonymous, &claims), "token_unknown_key", "two keys for ES256").await;
}

/// e20: two different keys of one id, each with the same algorithm, are both out.
#[rocket::async_test]
async fn e20_j23_a_key_id_that_stands_twice_is_trusted_for_nobody() {
    let bench = Bench::probe_app().await;
    let (first, second, other) = (Signer::new("ES256"), Signer::new("ES256"), Signer::new("ES384"));
    bench.tenant.keys().publish_instead(json!({ "keys": [first.jwk(), second.jwk(), other.jwk()] }));
    let claims = claims_of(&good(&bench.tenant));
    for signer in [&first, &second] {
        refused(&bench, &signer.sign(signer.header(), &claims), "token_unknown_key", "twice").await;
    }
    accepted(&bench, &other.sign(other.header(), &claims), "the third key").await;
}

#[rocket::async_test]
async fn e19_j24_a_bad_key_spoils_itself_and_no_other() {
    let bench = Bench::probe_app().await;
    let good_key = Signer::new("ES384");
    let changed = |change: fn(&mut serde_json::Value)| {
        let signer = Signer::new("ES256");
        let mut jwk = signer.jwk();
        jwk["kid"] = format!("bad-{change:p}").into();
        change(&mut jwk);
        (signer, jwk)
    };
    let bad = [
        changed(|jwk| jwk["use"] = "enc".into()),
        changed(|jwk| jwk["key_ops"] = json!(["sign"])),
        changed(|jwk| jwk["alg"] = "ES384".into()),
        changed(|jwk| jwk["alg"] = "HS256".into()),
        changed(|jwk| jwk["crv"] = "P-384".into()),
        changed(|jwk| jwk["crv"] = "secp256k1".into()),
        changed(|jwk| jwk["d"] = "AAAA".into()),
        changed(|jwk| jwk["kty"] = "oct".into()),
        changed(|jwk| jwk["kty"] = "XX".into()),
    ];
    let mut jwks: Vec<_> = bad.iter().map(|(_, jwk)| jwk.clone()).collect();
    jwks.extend([
        json!({}),
        json!("text"),
        json!(null),
        json!({ "kty": "EC", "crv": "P-256", "x": "!", "y": 7 }),
    ]);
    jwks.push(good_key.jwk());
    bench.tenant.keys().publish_instead(json!({ "keys": jwks }));
    let claims = claims_of(&good(&bench.tenant));
    accepted(&bench, &good_key.sign(good_key.header(), &claims), "the good key").await;
    for (signer, jwk) in &bad {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"] });
        refused(&bench, &signer.sign(&header, &claims), "token_unknown_key", &jwk.to_string()).await;
    }
}
