//! One table of attacks, shown to each of the three paths on which a token is believed: access tokens, ID
//! tokens, logout tokens. Everything about a token is right but for the one thing that is wrong.

use std::net::TcpListener;

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use logto_dev::{Issue, recorded};
use serde_json::{Value, json};

use super::testing::{Forge, Stand, b64, with};
use super::{AccessTokens, LogoutTokens};
use crate::error::Error;
use crate::oidc::{IdTokenExpectation, Nonce};
use crate::types::Secret;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Bearer,
    IdToken,
    Logout,
}

const PATHS: [Path; 3] = [Path::Bearer, Path::IdToken, Path::Logout];

/// A tenant whose one key a test holds, and the three verifiers.
struct Range {
    stand: Stand,
    key: Forge,
    access_tokens: AccessTokens,
    logout_tokens: LogoutTokens,
}

impl Range {
    async fn new() -> Self {
        let (stand, key) = (Stand::new().await, Forge::new("the-key"));
        stand.tenant.keys().publish_instead(json!({ "keys": [key.jwk()] }));
        let (access_tokens, logout_tokens) = (stand.access_tokens(), stand.logout_tokens());
        let range = Range { stand, key, access_tokens, logout_tokens };
        for path in PATHS {
            range.accepts(path).await;
        }
        range
    }

    fn header(&self, path: Path) -> Value {
        let header = self.key.header();
        match path {
            Path::Bearer => with(&header, "typ", Some(json!("at+jwt"))),
            Path::IdToken => header,
            Path::Logout => with(&header, "typ", Some(json!("logout+jwt"))),
        }
    }

    fn claims(&self, path: Path) -> Value {
        let now = self.stand.now();
        let mut claims = json!({
            "iss": self.stand.tenant.issuer(), "aud": recorded::ROCKET_APP.id, "sub": recorded::ALICE,
            "iat": now, "exp": now + 120,
        });
        let further = match path {
            Path::Bearer => json!({
                "aud": recorded::SHOPPING_API, "client_id": recorded::ROCKET_APP.id, "jti": "j", "scope": "read:orders",
            }),
            Path::IdToken => json!({ "nonce": "n", "name": "Alice" }),
            Path::Logout => json!({
                "jti": "j", "sid": "s", "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            }),
        };
        for (name, value) in further.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        claims
    }

    fn good(&self, path: Path) -> String {
        self.key.sign(self.header(path), self.claims(path))
    }

    /// The parts of a good token.
    fn parts(&self, path: Path) -> [String; 3] {
        let token = self.good(path);
        let mut parts = token.split('.').map(str::to_owned);
        std::array::from_fn(|_| parts.next().expect("three parts"))
    }

    async fn show(&self, path: Path, token: &str) -> Result<(), Error> {
        match path {
            Path::Bearer => {
                let ours = |audience: &crate::oidc::Audience| audience.contains(recorded::SHOPPING_API);
                self.access_tokens.verify(token, ours).await.map(drop)
            }
            Path::IdToken => {
                let nonce = Secret::new("n");
                let expected =
                    IdTokenExpectation { nonce: Nonce::Exactly(&nonce), subject: None, max_age: None };
                let access_token = Secret::new("any");
                self.stand
                    .relying_party()
                    .verify_id_token(&Secret::new(token), &access_token, &expected)
                    .await
                    .map(drop)
            }
            Path::Logout => self.logout_tokens.verify(token).await.map(drop),
        }
    }

    async fn accepts(&self, path: Path) {
        let shown = self.show(path, &self.good(path)).await;
        assert!(shown.is_ok(), "{path:?}: a good token is refused: {shown:?}");
    }

    /// Demands that the token is refused as invalid: not accepted, and not an outage.
    async fn refuses(&self, path: Path, token: &str, what: &str) {
        match self.show(path, token).await {
            Err(Error::InvalidToken(_) | Error::InvalidIdToken(_)) => {}
            other => panic!("{path:?}: {what}: {other:?}"),
        }
    }

    /// Signs with the good key what `header` makes of a good header.
    async fn refuses_header(&self, path: Path, name: &str, value: Value) {
        let what = format!("{name}: {value:.80}");
        let header = with(&self.header(path), name, Some(value));
        self.refuses(path, &self.key.sign(&header, self.claims(path)), &what).await;
    }
}

#[tokio::test]
async fn e01_unsigned_tokens() {
    let range = Range::new().await;
    for path in PATHS {
        let [_, payload, signature] = range.parts(path);
        let algorithms =
            ["none", "None", "NONE", "nOnE", "", "null", "es384", "ES384 ", "\u{0}ES384", "HS256"];
        let mut headers: Vec<Value> =
            algorithms.into_iter().map(|alg| with(&range.header(path), "alg", Some(json!(alg)))).collect();
        for wrong in [json!(null), json!(["ES384"]), json!({}), json!(7), json!(true)] {
            headers.push(with(&range.header(path), "alg", Some(wrong)));
        }
        headers.push(with(&range.header(path), "alg", None));
        headers.push(with(&with(&range.header(path), "alg", Some(json!("none"))), "kid", None));
        for header in headers {
            let head = b64(header.to_string());
            for token in [
                format!("{head}.{payload}."),
                format!("{head}.{payload}"),
                format!("{head}.{payload}.{signature}"),
                range.key.sign(&header, range.claims(path)),
            ] {
                range.refuses(path, &token, &header.to_string()).await;
            }
        }
    }
}

#[tokio::test]
async fn e02_public_things_as_symmetric_secrets() {
    let range = Range::new().await;
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let (n, e) = (rsa.public_key().modulus(), rsa.public_key().exponent());
    let modulus = n.big_endian_without_leading_zero();
    let rsa_jwk = json!({
        "kty": "RSA", "kid": "rsa", "alg": "RS256", "n": b64(modulus), "e": b64(e.big_endian_without_leading_zero()),
    });
    let jwk = range.key.jwk();
    range.stand.tenant.keys().publish_instead(json!({ "keys": [jwk, rsa_jwk] }));
    range.stand.advance(1);

    let point = [&[4], range.key.coordinates()].concat();
    // SubjectPublicKeyInfo of a point on P-384 (RFC 5480).
    let spki = [
        &[0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05][..],
        &[0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00],
        &point,
    ]
    .concat();
    let pem = |label: &str, der: &[u8], line: &str| {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
        format!("-----BEGIN {label}-----{line}{}{line}-----END {label}-----", lines.join(line)).into_bytes()
    };
    let with_newline = |mut pem: Vec<u8>| {
        pem.push(b'\n');
        pem
    };
    let pkcs1 = rsa.public_key().as_ref().to_vec();
    let secrets: Vec<Vec<u8>> = vec![
        pem("PUBLIC KEY", &spki, "\n"),
        with_newline(pem("PUBLIC KEY", &spki, "\n")),
        pem("PUBLIC KEY", &spki, "\r\n"),
        pem("RSA PUBLIC KEY", &pkcs1, "\n"),
        with_newline(pem("RSA PUBLIC KEY", &pkcs1, "\n")),
        spki,
        pkcs1,
        modulus.to_vec(),
        point,
        range.key.coordinates().to_vec(),
        jwk.to_string().into_bytes(),
        rsa_jwk.to_string().into_bytes(),
        json!({ "keys": [jwk, rsa_jwk] }).to_string().into_bytes(),
        jwk["x"].as_str().expect("x").as_bytes().to_vec(),
        range.key.kid.clone().into_bytes(),
        recorded::ROCKET_APP.secret.as_bytes().to_vec(),
        recorded::ROCKET_APP.id.as_bytes().to_vec(),
        Vec::new(),
        b"secret".to_vec(),
        vec![0; 48],
    ];
    for path in PATHS {
        for (alg, kind) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            for secret in &secrets {
                for (named, kid) in [(alg, "the-key"), (alg, "rsa"), ("ES384", "the-key"), ("RS256", "rsa")] {
                    let header = with(&range.header(path), "alg", Some(json!(named)));
                    let header = with(&header, "kid", Some(json!(kid)));
                    let signed =
                        format!("{}.{}", b64(header.to_string()), b64(range.claims(path).to_string()));
                    let tag = hmac::sign(&hmac::Key::new(kind, secret), signed.as_bytes());
                    let token = format!("{signed}.{}", b64(tag));
                    range.refuses(path, &token, &format!("{alg} as {named}")).await;
                }
            }
        }
        range.accepts(path).await;
    }
}

#[tokio::test]
async fn e03_e21_another_algorithm_than_the_keys() {
    let range = Range::new().await;
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let (n, e) = (rsa.public_key().modulus(), rsa.public_key().exponent());
    let (n, e) = (b64(n.big_endian_without_leading_zero()), b64(e.big_endian_without_leading_zero()));
    let rsa_jwk = json!({ "kty": "RSA", "kid": "rsa", "alg": "RS256", "n": n, "e": e });
    range.stand.tenant.keys().publish_instead(json!({ "keys": [range.key.jwk(), rsa_jwk] }));
    range.stand.advance(301);
    for path in PATHS {
        let by_rsa = |alg: &str, kid: &str| {
            let header = with(&range.header(path), "alg", Some(json!(alg)));
            let header = with(&header, "kid", Some(json!(kid)));
            let signed = format!("{}.{}", b64(header.to_string()), b64(range.claims(path).to_string()));
            let mut signature = vec![0; rsa.public_modulus_len()];
            let random = aws_lc_rs::rand::SystemRandom::new();
            rsa.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("a signature");
            format!("{signed}.{}", b64(signature))
        };
        // The new set arrives by the first token that needs it.
        let shown = range.show(path, &by_rsa("RS256", "rsa")).await;
        assert!(shown.is_ok(), "{path:?}: {shown:?}");
        for alg in ["RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "EdDSA"] {
            range.refuses(path, &by_rsa(alg, "rsa"), alg).await;
        }
        range.refuses(path, &by_rsa("RS256", "the-key"), "RS256 with the EC key").await;
        for alg in ["ES256", "ES512", "ES256K", "EdDSA", "Ed25519", "RS256", "PS384"] {
            range.refuses_header(path, "alg", json!(alg)).await;
        }
        let named = with(&range.header(path), "kid", Some(json!("rsa")));
        range.refuses(path, &range.key.sign(&named, range.claims(path)), "the other key's name").await;
    }
}

#[tokio::test]
async fn e04_e05_keys_that_a_token_brings_along() {
    let range = Range::new().await;
    let attacker = Forge::new("attacker");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
    for path in PATHS {
        for kid in [Some("attacker"), Some("the-key"), None] {
            let header = with(&range.header(path), "kid", kid.map(|kid| json!(kid)));
            for (name, value) in [
                ("jwk", attacker.jwk()),
                ("jku", json!(url)),
                ("x5u", json!(url)),
                ("x5c", json!(["MIIB"])),
                ("x5t", json!("abc")),
                ("x5t#S256", json!("abc")),
                ("jwks", json!({ "keys": [attacker.jwk()] })),
            ] {
                let header = with(&header, name, Some(value));
                let token = attacker.sign(&header, range.claims(path));
                range.refuses(path, &token, &format!("{name}, kid {kid:?}")).await;
            }
        }
        let claims = with(&range.claims(path), "iss", Some(json!(url)));
        range.refuses(path, &attacker.sign(range.header(path), claims), "iss").await;
    }
    let called = listener.accept();
    assert!(called.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "somebody called");
}

#[tokio::test]
async fn e06_key_ids_that_are_more_than_names() {
    let range = Range::new().await;
    let long = "k".repeat(10_000);
    for path in PATHS {
        for kid in [
            json!("../../dev/null"),
            json!("/dev/null"),
            json!("' OR 1=1 --"),
            json!("key'; sleep 10"),
            json!("; curl x"),
            json!("the-key\u{0}"),
            json!("the-key "),
            json!("THE-KEY"),
            json!("😀"),
            json!(""),
            json!(long),
            json!(7),
            json!(["the-key"]),
            json!({ "kid": "the-key" }),
            json!(true),
        ] {
            range.refuses_header(path, "kid", kid).await;
        }
        range.accepts(path).await;
    }
}

#[tokio::test]
async fn e07_signatures_at_the_edges() {
    let range = Range::new().await;
    let order = [vec![0xFF; 24], hex("C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973")].concat();
    let plus = |by: u8| {
        let mut number = order.clone();
        number[47] += by;
        number
    };
    let mut less = order.clone();
    less[47] -= 1;
    let mut one = vec![0; 48];
    one[47] = 1;
    let edges = [vec![0; 48], one, less, order.clone(), plus(1), vec![0xFF; 48]];
    for path in PATHS {
        let [header, payload, signature] = range.parts(path);
        let forged = |bytes: &[u8]| format!("{header}.{payload}.{}", b64(bytes));
        for r in &edges {
            for s in &edges {
                range.refuses(path, &forged(&[r.as_slice(), s].concat()), "an edge of r or s").await;
            }
        }
        let real = URL_SAFE_NO_PAD.decode(&signature).expect("base64url");
        let (r, s) = real.split_at(48);
        let der = [&[0x30, 0x66, 0x02, 0x31, 0x00][..], r, &[0x02, 0x31, 0x00], s].concat();
        for (bytes, what) in [
            (der, "DER"),
            (real[..95].to_vec(), "short"),
            (real[..48].to_vec(), "half"),
            ([&real[..], &[0]].concat(), "long"),
            ([&[0], &real[..]].concat(), "padded"),
            ([&[0], r, &[0], s].concat(), "both halves padded"),
            ([s, r].concat(), "swapped"),
            ([&real[..], &real[..]].concat(), "twice"),
            (vec![0], "one byte"),
        ] {
            range.refuses(path, &forged(&bytes), what).await;
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[tokio::test]
async fn e08_every_bit_is_signed() {
    let range = Range::new().await;
    for path in PATHS {
        let parts = range.parts(path);
        let bytes = parts.each_ref().map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
        for part in 0..3 {
            for byte in 0..bytes[part].len() {
                let mut flipped = bytes.clone();
                flipped[part][byte] ^= 1 << (byte % 8);
                let token = flipped.each_ref().map(b64).join(".");
                range.refuses(path, &token, &format!("byte {byte} of part {part}")).await;
            }
        }
        let [header, payload, signature] = &parts;
        let other = range.key.sign(range.header(path), with(&range.claims(path), "x", Some(json!(1))));
        let (_, of_another) = other.rsplit_once('.').expect("a token");
        let blank =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA384, b""), format!("{header}.{payload}").as_bytes());
        for (token, what) in [
            (format!("{header}.{payload}."), "nothing"),
            (format!("{header}.{payload}.{of_another}"), "of another token"),
            (format!("{header}.{payload}.{}", b64(blank)), "a MAC with a blank password"),
            (format!("{header}.{payload}.{}", &signature[..signature.len() - 4]), "cut"),
            (format!("{header}.{payload}.{}", "A".repeat(128)), "zeros"),
        ] {
            range.refuses(path, &token, what).await;
        }
    }
}

#[tokio::test]
async fn e09_e10_shapes_and_alphabets() {
    let range = Range::new().await;
    for path in PATHS {
        let token = range.good(path);
        let [header, payload, signature] = &range.parts(path);
        let json_form = json!({ "protected": header, "payload": payload, "signature": signature });
        let general =
            json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] });
        let last = signature.as_bytes()[signature.len() - 1];
        for bad in [
            header.clone(),
            format!("{header}.{payload}"),
            format!("{token}.x"),
            format!("{token}."),
            format!("{token}.{signature}.x"),
            format!(".{token}"),
            format!("..{signature}"),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            "..".to_owned(),
            String::new(),
            json_form.to_string(),
            general.to_string(),
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\n"),
            format!("\t{token}"),
            format!("Bearer {token}"),
            format!("{token}="),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}=.{signature}"),
            format!("{header}.{payload}.{signature}A"),
            format!("{header}.{payload}.{}\u{e9}", signature),
            format!("{header}. {payload}.{signature}"),
            format!("{header}.{payload}.{}", signature.replacen(char::from(last), "+", 1)),
            format!("{header}.{payload}.{}", signature.replacen(char::from(last), "/", 1)),
            format!("{header}.{payload}.{}", signature.replacen(char::from(last), "%", 1)),
        ] {
            range.refuses(path, &bad, &format!("{bad:.60?}")).await;
        }
        // Bits that nobody reads: 'e30' is `{}`, and so would 'e31' be to a careless decoder.
        let sloppy = format!("{}.{}.{signature}", &header, &payload[..payload.len() - 1]);
        range.refuses(path, &sloppy, "a character short").await;
    }
}

#[tokio::test]
async fn e11_e12_json_that_reads_two_ways_or_none() {
    let range = Range::new().await;
    for path in PATHS {
        let (header, claims) = (range.header(path), range.claims(path));
        let doubled =
            |value: &Value, name: &str| format!("{{\"{name}\":{},{}", value[name], &value.to_string()[1..]);
        for name in header.as_object().expect("members").keys() {
            let token = range.key.sign(doubled(&header, name), &claims);
            range.refuses(path, &token, &format!("{name} twice in the header")).await;
        }
        let judged =
            ["iss", "sub", "aud", "exp", "iat", "jti", "nonce", "events", "client_id", "scope", "sid"];
        for name in judged.into_iter().filter(|name| claims.get(name).is_some()) {
            let token = range.key.sign(&header, doubled(&claims, name));
            range.refuses(path, &token, &format!("{name} twice")).await;
        }
        let utf16 =
            |text: &Value| text.to_string().encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let (plain_header, plain) = (header.to_string(), claims.to_string());
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(12_000), close.repeat(12_000));
        for (bad, what) in [
            (format!("\u{feff}{plain}").into_bytes(), "BOM"),
            (utf16(&claims), "UTF-16"),
            (plain.replacen("\"exp\"", "/* */\"exp\"", 1).into_bytes(), "comment"),
            (plain.replacen('{', "{\"x\":NaN,", 1).into_bytes(), "NaN"),
            (plain.replacen('{', "{\"x\":Infinity,", 1).into_bytes(), "Infinity"),
            (plain.replacen('{', "{'x':1,", 1).into_bytes(), "single quotes"),
            (format!("{}x", plain).into_bytes(), "trailing text"),
            (format!("{plain}{plain}").into_bytes(), "two objects"),
            (format!("[{plain}]").into_bytes(), "array"),
            (b"\"text\"".to_vec(), "text"),
            (b"7".to_vec(), "number"),
            (b"null".to_vec(), "null"),
            (b"{}".to_vec(), "empty object"),
            (Vec::new(), "nothing"),
            (plain.replacen('{', &format!("{{\"x\":{},", deep("[", "]")), 1).into_bytes(), "deep arrays"),
            (
                plain
                    .replacen('{', &format!("{{\"x\":{}1{},", "{\"a\":".repeat(5_000), "}".repeat(5_000)), 1)
                    .into_bytes(),
                "deep objects",
            ),
            (
                plain.replacen('{', &format!("{{\"x\":\"{}\",", "s".repeat(1 << 20)), 1).into_bytes(),
                "1 MB text",
            ),
            (
                plain.replacen("Alice", "Al\u{1}ice", 1).replacen("\"j\"", "\"\u{1}\"", 1).into_bytes(),
                "control character",
            ),
            ([b"{\"x\":\"\xff\",", &plain.as_bytes()[1..]].concat(), "not UTF-8"),
        ] {
            range.refuses(path, &range.key.sign_bytes(plain_header.as_bytes(), &bad), what).await;
        }
        for (bad, what) in [
            (format!("\u{feff}{plain_header}").into_bytes(), "BOM"),
            (utf16(&header), "UTF-16"),
            (format!("[{plain_header}]").into_bytes(), "array"),
            (b"[\"ES384\",\"the-key\"]".to_vec(), "fields in a row"),
            (b"\"ES384\"".to_vec(), "text"),
            (b"7".to_vec(), "number"),
            (b"{}".to_vec(), "empty object"),
            (
                plain_header.replacen('{', &format!("{{\"x\":{},", deep("[", "]")), 1).into_bytes(),
                "deep arrays",
            ),
            (plain_header.replacen('{', "{/**/", 1).into_bytes(), "comment"),
        ] {
            let token = range.key.sign_bytes(&bad, plain.as_bytes());
            range.refuses(path, &token, &format!("header: {what}")).await;
        }
        range.accepts(path).await;
    }
}

#[tokio::test]
async fn e13_e14_e15_demands_that_are_not_understood() {
    let range = Range::new().await;
    for path in PATHS {
        for (name, value) in [
            ("crit", json!(["exp"])),
            ("crit", json!(["unknown"])),
            ("crit", json!([])),
            ("crit", json!("exp")),
            ("crit", json!(["b64"])),
            ("crit", json!(null)),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("zip", json!("DEF")),
            ("enc", json!("A128GCM")),
            ("cty", json!("JWT")),
        ] {
            range.refuses_header(path, name, value).await;
        }
        for alg in ["PBES2-HS256+A128KW", "RSA-OAEP", "dir", "A256KW", "ECDH-ES"] {
            let header = with(&range.header(path), "alg", Some(json!(alg)));
            for header in [
                with(&header, "p2c", Some(json!(1_u64 << 31))),
                with(&with(&header, "enc", Some(json!("A128GCM"))), "p2s", Some(json!("c2FsdA"))),
            ] {
                range.refuses(path, &range.key.sign(&header, range.claims(path)), alg).await;
                // As an encrypted token it has five parts (E25).
                let head = b64(header.to_string());
                range.refuses(path, &format!("{head}.a2V5.aXY.Y2lwaGVy.dGFn"), alg).await;
            }
        }
    }
}

/// e23: a key of another tenant under the name that ours has, and the same the other way round.
#[tokio::test]
async fn e23_keys_of_another_issuer() {
    let (ours, theirs) = (Range::new().await, Range::new().await);
    for path in PATHS {
        let foreign = theirs.good(path);
        ours.refuses(path, &foreign, "as it is").await;
        let claims = with(&theirs.claims(path), "iss", Some(json!(ours.stand.tenant.issuer())));
        ours.refuses(path, &theirs.key.sign(theirs.header(path), claims), "under our name").await;
        let claims = with(&ours.claims(path), "iss", Some(json!(theirs.stand.tenant.issuer())));
        ours.refuses(path, &ours.key.sign(ours.header(path), claims), "by our key").await;
        theirs.accepts(path).await;
        ours.accepts(path).await;
    }
}

#[tokio::test]
async fn e24_tokens_of_another_kind() {
    let range = Range::new().await;
    let assertion = with(&range.claims(Path::IdToken), "iss", Some(json!(recorded::ROCKET_APP.id)));
    let assertion = with(&assertion, "sub", Some(json!(recorded::ROCKET_APP.id)));
    for path in PATHS {
        for other in PATHS.into_iter().filter(|other| *other != path) {
            range.refuses(path, &range.good(other), &format!("{other:?}")).await;
            // Dressed as what is wanted here, it still lacks what such a token has.
            let dressed = range.key.sign(range.header(path), range.claims(other));
            range.refuses(path, &dressed, &format!("dressed {other:?}")).await;
        }
        for typ in ["JWT", "client-authentication+jwt", "secevent+jwt", "dpop+jwt"] {
            let header = with(&range.key.header(), "typ", Some(json!(typ)));
            range.refuses(path, &range.key.sign(&header, &assertion), typ).await;
        }
        range
            .refuses(path, &range.key.sign(range.header(path), &assertion), "a dressed client assertion")
            .await;
    }
    // What the tenant itself issues, where it does not belong.
    let stand = Stand::new().await;
    let range =
        Range { access_tokens: stand.access_tokens(), logout_tokens: stand.logout_tokens(), stand, ..range };
    let issue = |issue: Issue| range.stand.tenant.access_token(issue).expect("a token");
    for (token, what) in [
        (issue(Issue::user("alice").resource(recorded::OTHER_API)), "for another API"),
        (issue(Issue::user("alice").organization(recorded::ACME)), "for an organization"),
    ] {
        for path in PATHS {
            range.refuses(path, &token, what).await;
        }
    }
}

/// e20 on each path: a name that two keys share is nobody's.
#[tokio::test]
async fn e20_a_name_that_two_keys_share() {
    let stand = Stand::new().await;
    let (first, second) = (Forge::new("the-key"), Forge::new("the-key"));
    let other = Forge::new("another");
    stand.tenant.keys().publish_instead(json!({ "keys": [first.jwk(), second.jwk(), other.jwk()] }));
    let (access_tokens, logout_tokens) = (stand.access_tokens(), stand.logout_tokens());
    let range = Range { stand, key: first, access_tokens, logout_tokens };
    for path in PATHS {
        range.refuses(path, &range.good(path), "the first").await;
        range.refuses(path, &second.sign(range.header(path), range.claims(path)), "the second").await;
    }
}
