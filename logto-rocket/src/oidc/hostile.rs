//! Whatever a stranger or a broken server sends, the parsers answer: they neither panic nor grow.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jws::{Audience, Jws, NumericDate, Unique, json_object};
use super::keys::{KeySet, Selection};
use crate::bearer::read_authorization;

/// A small generator: the cases must be the same at every run, so that a failure can be looked at.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// A text with some bytes changed, cut out, doubled or thrown in.
    fn spoil(&mut self, text: &[u8]) -> Vec<u8> {
        let mut spoilt = text.to_vec();
        for _ in 0..=self.roll(4) {
            let at = self.roll(spoilt.len() + 1);
            match self.roll(5) {
                0 if at < spoilt.len() => spoilt[at] = u8::try_from(self.roll(256)).unwrap_or(0),
                1 => spoilt.truncate(at),
                2 => {
                    let to = at + self.roll(spoilt.len() - at + 1);
                    let twice = spoilt[at..to].to_vec();
                    spoilt.splice(at..at, twice);
                }
                3 => {
                    let to = at + self.roll(spoilt.len() - at + 1);
                    spoilt.drain(at..to);
                }
                _ => {
                    let odd =
                        [".", "=", "\u{0}", "é", "{", "[", "\"", "\\u", ",", ":", "null", "-1", "1e999", " "];
                    spoilt.splice(at..at, self.pick(&odd).bytes());
                }
            }
        }
        spoilt
    }

    /// JSON, mostly.
    fn json(&mut self, depth: usize) -> String {
        match self.roll(if depth == 0 { 6 } else { 8 }) {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => ["0", "-1", "1e400", "18446744073709551615", "0.5", "1E5"][self.roll(6)].to_owned(),
            3..=5 => format!("\"{}\"", self.pick(&WORDS)),
            6 => {
                let items: Vec<String> = (0..self.roll(4)).map(|_| self.json(depth - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                let members: Vec<String> = (0..self.roll(6))
                    .map(|_| format!("\"{}\":{}", self.pick(&WORDS), self.json(depth - 1)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }
}

const WORDS: [&str; 33] = [
    "alg", "kid", "typ", "crit", "b64", "zip", "enc", "cty", "ES384", "RS256", "EdDSA", "at+jwt", "kty",
    "EC", "RSA", "OKP", "crv", "P-384", "Ed25519", "x", "y", "n", "e", "AQAB", "use", "sig", "key_ops",
    "verify", "keys", "aud", "exp", "", "AAAA",
];

const ROUNDS: usize = 30_000;

#[test]
fn e28_tokens_of_any_kind_are_answered() {
    let mut dice = Dice(1);
    let keys =
        br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let (keys, _) = KeySet::parse(keys).expect("a key");
    let (mut taken, mut judged) = (0, 0);
    for _ in 0..ROUNDS {
        let header = match dice.roll(3) {
            0 => r#"{"alg":"EdDSA","typ":"at+jwt"}"#.to_owned(),
            1 => dice.json(3),
            _ => String::from_utf8_lossy(&dice.spoil(br#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#))
                .into_owned(),
        };
        let payload = dice.json(4);
        let size = dice.roll(100);
        let token =
            [header.as_bytes(), payload.as_bytes(), &vec![7; size]].map(|part| URL_SAFE_NO_PAD.encode(part));
        let token = token.join(".").into_bytes();
        let token = if dice.roll(2) == 0 { token } else { dice.spoil(&token) };
        let Ok(token) = std::str::from_utf8(&token) else { continue };
        let Ok(jws) = Jws::parse(token) else { continue };
        taken += 1;
        let _ = (jws.claims::<Map<String, Value>>(), jws.claims::<Unique>(), jws.claims::<Audience>());
        if let Selection::Found(key) = keys.select(&jws) {
            judged += 1;
            assert!(key.verify(&jws).is_err(), "{token}");
        }
    }
    assert!(
        taken > 1_000 && judged > 1_000,
        "{taken} taken, {judged} judged: the generator makes nothing of use"
    );
}

#[test]
fn e28_key_sets_of_any_kind_are_answered() {
    let good = br#"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","kid":"1","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"RSA","e":"AQAB","n":"AAAA"}]}"#;
    let (mut dice, mut taken) = (Dice(2), 0);
    assert!(KeySet::parse(good).is_ok());
    for _ in 0..ROUNDS {
        let body = match dice.roll(3) {
            0 => dice.json(4).into_bytes(),
            1 => format!("{{\"keys\":[{},{}]}}", dice.json(3), dice.json(3)).into_bytes(),
            _ => dice.spoil(good),
        };
        taken += usize::from(KeySet::parse(&body).is_ok());
    }
    assert!(taken > 100, "{taken} taken: the generator makes nothing of use");
    for deep in ["[", "{\"keys\":[", "{\"keys\":{\"a\":"] {
        assert!(KeySet::parse(deep.repeat(100_000).as_bytes()).is_err());
    }
    let many = vec![r#"{"kty":"EC"}"#; 101].join(",");
    assert!(KeySet::parse(format!("{{\"keys\":[{many}]}}").as_bytes()).is_err(), "over a hundred keys");
}

#[test]
fn e28_credentials_of_any_kind_are_answered() {
    let mut dice = Dice(3);
    for _ in 0..ROUNDS {
        let schemes = ["Bearer", "bearer", "Basic", "DPoP", "", "Bear\u{e9}r", "Bearer Bearer"];
        let separators = [" ", "  ", "\t", ",", "", "\u{a0}"];
        let header = format!("{}{}{}", dice.pick(&schemes), dice.pick(&separators), dice.json(2));
        let spoilt = dice.spoil(header.as_bytes());
        let text = String::from_utf8_lossy(&spoilt).into_owned();
        let second = dice.roll(4) == 0;
        let headers = [Some(text.as_str()), second.then_some(text.as_str())];
        if let crate::bearer::BearerHeader::Token(token) = read_authorization(headers.into_iter().flatten()) {
            assert!(
                !second && !token.is_empty() && token.is_ascii() && !token.contains([' ', ',', '"']),
                "{text:?}"
            );
        }
    }
}

#[test]
fn p04_e28_numbers_of_any_kind_are_answered() {
    let mut dice = Dice(4);
    for _ in 0..ROUNDS {
        let digits: String =
            (0..=dice.roll(25)).map(|_| char::from(b"0123456789eE+-."[dice.roll(15)])).collect();
        if let Ok(NumericDate(time)) = serde_json::from_str::<NumericDate>(&digits) {
            assert!(time.0 >= 0, "{digits}");
            let _ = (time.plus(std::time::Duration::MAX), time.to_system_time());
        }
    }
    for (text, seconds) in
        [("2147483648", 1_i64 << 31), ("9007199254740993", (1 << 53) + 1), ("1e30", i64::MAX)]
    {
        assert_eq!(serde_json::from_str::<NumericDate>(text).expect(text).0.0, seconds);
    }
    assert!(json_object::<Map<String, Value>>(br#"{"exp":1e400}"#).is_err());
}
