//! Tokens that nobody at Logto has signed like this.

use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Issue};
use logto_tests::{Bench, CountingListener, Signer, b64, claims_of, header_of, unsigned};
use serde_json::{Value, json};

use super::{accepted, alice, good, not_accepted, refused};

#[rocket::async_test]
async fn e01_unsigned_tokens_are_refused() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    let (claims, kid) = (claims_of(&token), header_of(&token)["kid"].clone());
    let signature = token.rsplit('.').next().unwrap();
    for alg in ["none", "None", "NONE", "nOnE", "", "null", "ES384 ", "es384", "HS256\\u0000"] {
        let header = format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":{kid}}}"#);
        refused(&bench, &unsigned(&header, &claims, signature), "token_algorithm", alg).await;
        not_accepted(&bench, &unsigned(&header, &claims, ""), alg).await;
    }
    for header in
        [r#"{"typ":"at+jwt"}"#, r#"{"alg":null,"typ":"at+jwt"}"#, r#"{"alg":["ES384"],"typ":"at+jwt"}"#]
    {
        not_accepted(&bench, &unsigned(header, &claims, signature), header).await;
    }
}

#[rocket::async_test]
async fn e02_the_public_key_is_no_secret_to_sign_with() {
    let bench = Bench::probe_app().await;
    let jwks = bench.tenant.keys().jwks();
    let jwk = &jwks["keys"][0];
    let (claims, kid) = (claims_of(&good(&bench.tenant)), jwk["kid"].clone());
    let coordinate = |name: &str| jwk[name].as_str().unwrap().to_owned();
    let secrets: Vec<Vec<u8>> = vec![
        jwk.to_string().into_bytes(),
        jwks.to_string().into_bytes(),
        [coordinate("x"), coordinate("y")].concat().into_bytes(),
        coordinate("x").into_bytes(),
        raw(&[&coordinate("x"), &coordinate("y")]),
        [vec![4], raw(&[&coordinate("x"), &coordinate("y")])].concat(),
        kid.as_str().unwrap().as_bytes().to_vec(),
        ROCKET_APP.secret.as_bytes().to_vec(),
        ROCKET_APP.id.as_bytes().to_vec(),
        vec![],
        b"secret".to_vec(),
        vec![0; 32],
    ];
    for alg in ["HS256", "HS384", "HS512"] {
        for secret in &secrets {
            let signer = Signer::symmetric(alg, secret);
            let header = json!({ "alg": alg, "typ": "at+jwt", "kid": kid });
            refused(&bench, &signer.sign(&header, &claims), "token_algorithm", alg).await;
            // Or under the name of the algorithm that the key has.
            let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": kid });
            refused(&bench, &signer.sign(&header, &claims), "token_signature", alg).await;
        }
    }
}

fn raw(parts: &[&str]) -> Vec<u8> {
    use base64::Engine;
    let decode = |part: &&str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    parts.iter().flat_map(decode).collect()
}

#[rocket::async_test]
async fn e04_a_key_in_the_token_is_not_used() {
    let bench = Bench::probe_app().await;
    let (attacker, claims) = (Signer::new("ES384"), claims_of(&good(&bench.tenant)));
    let kid = bench.tenant.keys().ids()[0].clone();
    for (kid, code) in [
        (Some(attacker.kid().to_owned()), "token_unknown_key"),
        (Some(kid), "token_signature"),
        (None, "token_signature"),
    ] {
        let mut header = json!({ "alg": "ES384", "typ": "at+jwt", "jwk": attacker.jwk() });
        if let Some(kid) = &kid {
            header["kid"] = kid.as_str().into();
        }
        refused(&bench, &attacker.sign(&header, &claims), code, &format!("{kid:?}")).await;
    }
}

#[rocket::async_test]
async fn e05_no_address_in_a_token_is_called() {
    let bench = Bench::probe_app().await;
    let (attacker, claims) = (Signer::new("ES384"), claims_of(&good(&bench.tenant)));
    let counting_listener = CountingListener::silent().await;
    for member in ["jku", "x5u", "iss", "jwks_uri"] {
        let mut header = attacker.header();
        header[member] = format!("{}/jwks.json", counting_listener.url()).into();
        not_accepted(&bench, &attacker.sign(&header, &claims), member).await;
    }
    let mut foreign = claims.clone();
    foreign["iss"] = format!("{}/oidc", counting_listener.url()).into();
    refused(&bench, &attacker.sign(attacker.header(), &foreign), "token_issuer", "iss").await;
    let certificate = json!({ "alg": "ES384", "typ": "at+jwt", "x5c": ["MIIB"], "x5t": "abc" });
    not_accepted(&bench, &attacker.sign(&certificate, &claims), "x5c").await;
    assert_eq!(counting_listener.calls(), 0);
}

#[rocket::async_test]
async fn e06_a_key_id_is_a_name_and_nothing_else() {
    let bench = Bench::probe_app().await;
    let claims = claims_of(&good(&bench.tenant));
    let long = "k".repeat(10_000);
    let kids: Vec<Value> = vec![
        json!("../../dev/null"),
        json!("/dev/null"),
        json!("' OR 1=1 --"),
        json!("key'; sleep 10"),
        json!("; curl x"),
        json!("|id"),
        json!("a\u{0}b"),
        json!("😀"),
        json!(""),
        json!(long),
        json!(7),
        json!(["a"]),
        json!({ "a": 1 }),
        json!(true),
    ];
    for kid in kids {
        let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": kid });
        let token = bench.tenant.keys().sign(&header, &claims).unwrap();
        not_accepted(&bench, &token, &kid.to_string()).await;
    }
    accepted(&bench, &good(&bench.tenant), "afterwards").await;
}

#[rocket::async_test]
async fn e07_degenerate_signatures_are_refused() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let order: Vec<u8> = [vec![0xFF; 24], hex("C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973")].concat();
    assert_eq!(order.len(), 48);
    let mut less_one = order.clone();
    less_one[47] -= 1;
    let mut one = vec![0; 48];
    one[47] = 1;
    let edges = [vec![0; 48], one, less_one, order, vec![0xFF; 48]];
    for r in &edges {
        for s in &edges {
            let forged = format!("{signed}.{}", b64([r.as_slice(), s].concat()));
            refused(&bench, &forged, "token_signature", "an edge of r or s").await;
        }
    }
    let real = raw(&[signature]);
    let der =
        [vec![0x30, 0x64, 0x02, 0x30], real[..48].to_vec(), vec![0x02, 0x30], real[48..].to_vec()].concat();
    for (bytes, what) in [
        (der, "DER"),
        (real[..95].to_vec(), "short"),
        ([real.clone(), vec![0]].concat(), "long"),
        ([vec![0], real.clone()].concat(), "padded"),
        ([real.clone(), real].concat(), "twice"),
        (vec![0], "one byte"),
    ] {
        refused(&bench, &format!("{signed}.{}", b64(bytes)), "token_signature", what).await;
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[rocket::async_test]
async fn e08_every_bit_is_under_the_signature() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    let parts: Vec<Vec<u8>> = token.split('.').map(|part| raw(&[part])).collect();
    for part in 0..3 {
        for byte in (0..parts[part].len()).step_by(5) {
            let mut flipped = parts.clone();
            flipped[part][byte] ^= 1 << (byte % 8);
            let forged: Vec<String> = flipped.iter().map(b64).collect();
            not_accepted(&bench, &forged.join("."), &format!("byte {byte} of part {part}")).await;
        }
    }
    let other = bench.tenant.access_token(Issue::user("bob").resource(SHOPPING_API)).unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    refused(&bench, &format!("{signed}.{signature}"), "token_signature", "of another token").await;
    for cut in [1, 2, 4, 64, 127] {
        let forged = &token[..token.len() - cut];
        not_accepted(&bench, forged, &format!("{cut} characters short")).await;
    }
}

#[rocket::async_test]
async fn e09_e10_a_token_has_three_parts_in_base64url() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    for forged in [
        header.to_owned(),
        signed.to_owned(),
        format!("{token}.x"),
        format!("{token}.."),
        format!(".{token}"),
        format!("{signed}."),
        format!("..{signature}"),
        "..".to_owned(),
        format!("{header}.{payload}.a.b.c"),
        format!("{token}="),
        format!("{token}=="),
        format!("{header}=.{payload}.{signature}"),
        format!("{signed}.{}", signature.replace(['-', '_'], "/")),
        format!("{signed}.{signature}A"),
    ] {
        if forged != token {
            not_accepted(&bench, &forged, &forged).await;
        }
    }
}

#[rocket::async_test]
async fn e11_a_name_that_stands_twice_is_refused() {
    let bench = Bench::probe_app().await;
    let signer = Signer::new("ES256");
    bench.tenant.keys().publish_instead(json!({ "keys": [signer.jwk()] }));
    let (header, claims) = (signer.header(), claims_of(&good(&bench.tenant)));
    accepted(&bench, &signer.sign(&header, &claims), "unspoilt").await;
    for name in ["iss", "sub", "aud", "exp", "iat", "client_id", "scope"] {
        let doubled = format!("{{\"{name}\":{},{}", claims[name], &claims.to_string()[1..]);
        refused(&bench, &signer.sign(&header, doubled), "token_claim", name).await;
    }
    for name in ["alg", "kid", "typ"] {
        let doubled = format!("{{\"{name}\":{},{}", header[name], &header.to_string()[1..]);
        not_accepted(&bench, &signer.sign(doubled, &claims), name).await;
    }
    for (bad, what) in [
        (format!("\u{feff}{claims}"), "BOM"),
        (format!("{claims}x"), "trailing text"),
        (format!("[{claims}]"), "array"),
        ("{}".to_owned(), "empty"),
        ("\"text\"".to_owned(), "text"),
        (format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)), "deep"),
        (claims.to_string().replace("\"exp\"", "\"exp\" /* */"), "comment"),
    ] {
        not_accepted(&bench, &signer.sign(&header, bad), what).await;
    }
}

#[rocket::async_test]
async fn e13_e14_extensions_that_are_not_understood_are_refused() {
    let bench = Bench::probe_app().await;
    for (name, value, code) in [
        ("crit", json!(["exp"]), "token_critical_header"),
        ("crit", json!([]), "token_critical_header"),
        ("crit", json!(["b64"]), "token_critical_header"),
        ("b64", json!(false), "token_critical_header"),
        ("zip", json!("DEF"), "token_malformed"),
        ("enc", json!("A128GCM"), "token_malformed"),
        ("cty", json!("JWT"), "token_malformed"),
    ] {
        let token = bench.tenant.access_token(alice().header(name, value.clone())).unwrap();
        refused(&bench, &token, code, &format!("{name}: {value}")).await;
    }
}

#[rocket::async_test]
async fn e24_tokens_of_other_kinds_are_refused() {
    let bench = Bench::probe_app().await;
    let id_token = bench.tenant.id_token(Issue::user("alice")).unwrap();
    refused(&bench, &id_token, "token_type", "ID token").await;
    let logout = bench.tenant.logout_token(Issue::user("alice")).unwrap();
    refused(&bench, &logout, "token_type", "logout token").await;
    // An ID token that calls itself an access token lacks what access tokens have.
    let dressed =
        Issue::user("alice").header("typ", "at+jwt").claim("aud", SHOPPING_API).claim("scope", "read:orders");
    refused(&bench, &bench.tenant.id_token(dressed).unwrap(), "token_claim", "dressed ID token").await;
    let stranger = bench
        .tenant
        .keys()
        .sign_with_stranger(&header_of(&good(&bench.tenant)), &claims_of(&good(&bench.tenant)))
        .unwrap();
    refused(&bench, &stranger, "token_signature", "signed by a stranger").await;
}

#[rocket::async_test]
async fn e25_f06_what_is_no_jws_costs_no_call() {
    let bench = Bench::probe_app().await;
    let calls = bench.tenant.journal().entries().len();
    for token in [
        "a.b.c.d.e",
        "opaque",
        "a.b.c",
        &"x".repeat(60_000),
        &format!("{}.{}.{}", "a".repeat(9_000), "b".repeat(9_000), "c".repeat(9_000)),
    ] {
        not_accepted(&bench, token, "no JWS").await;
    }
    assert_eq!(bench.tenant.journal().entries().len(), calls);
    assert_eq!(bench.count(Endpoint::Introspection), 0);
}
