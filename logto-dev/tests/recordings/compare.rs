//! Compares recorded and live responses.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Map, Value};
use url::Url;

use crate::replay::{Answer, relocated};

/// Compared by value, when the recording has them and when it has not.
const SAME_HEADERS: [&str; 18] = [
    "content-type",
    "cache-control",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
    "vary",
    "cross-origin-resource-policy",
    "origin-agent-cluster",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-xss-protection",
];
/// Constant headers, which most recordings omit.
const CONSTANT: usize = 8;
/// Random or time-dependent members, of which only the types are compared.
const VOLATILE: [&str; 9] = ["iat", "exp", "jti", "nonce", "sid", "updated_at", "auth_time", "kid", "seen"];

pub(crate) fn answers(place: &str, recorded: &Value, live: &Answer, endpoint: &str, keys: &Value) {
    assert_eq!(
        u64::from(live.status),
        recorded["status"].as_u64().unwrap(),
        "{place}: status; {}",
        live.body
    );
    headers(place, recorded, live, endpoint);
    let text = match &recorded["body"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = relocated(&text, endpoint);
    match (serde_json::from_str::<Value>(&text), serde_json::from_str::<Value>(&live.body)) {
        (Ok(recorded_body), Ok(live_body)) if recorded_body.is_object() => {
            let translated = recorded["request"]["headers"].get("accept-language").is_some();
            bodies(place, &recorded_body, &live_body, endpoint, keys, translated);
        }
        (Ok(Value::Object(_)), _) => panic!("{place}: the recording has JSON, the tenant says {}", live.body),
        _ if text.starts_with("(an HTML page") => {}
        // The recorder cut long ones, and says how long they were.
        _ if text.starts_with("Redirecting to ") || text.contains(" bytes) Redirecting to ") => {
            assert!(live.body.starts_with("Redirecting to "), "{place}")
        }
        _ => assert_eq!(live.body, text, "{place}: body"),
    }
}

pub(crate) fn headers(place: &str, recorded: &Value, live: &Answer, endpoint: &str) {
    // A few recordings kept no headers of their own.
    if recorded["headers"].as_array().is_none_or(Vec::is_empty) {
        return;
    }
    // Most recordings omit the constant headers, and some the CORS headers.
    let complete = recorded_header(recorded, "x-frame-options").is_some();
    let crosses = complete || recorded_header(recorded, "access-control-expose-headers").is_some();
    for (index, name) in SAME_HEADERS.into_iter().enumerate() {
        let left_out =
            if name.starts_with("access-control") { !crosses } else { index >= CONSTANT && !complete };
        if left_out {
            continue;
        }
        let expected = recorded_header(recorded, name).map(|value| relocated(&value, endpoint));
        let actual = live.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(actual, expected, "{place}: header {name}");
    }
    for name in ["logto-core-request-id", "date"] {
        assert!(live.headers.contains_key(name), "{place}: header {name} is missing");
    }
    // Logto's framework sends entity tags for redirects and pages too, which have no use.
    let tagged = ["/oidc/jwks", "/.well-known/"];
    if tagged.iter().any(|path| recorded["url"].as_str().unwrap_or_default().contains(path)) {
        let expected = recorded_header(recorded, "etag").is_some();
        assert_eq!(live.headers.contains_key("etag"), expected, "{place}: header etag");
    }
    let location = |value: &str| relocated(value, endpoint);
    let expected = recorded_header(recorded, "location").map(|value| location(&value));
    let actual = live.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
    same_location(place, expected.as_deref(), actual.as_deref());
    assert_eq!(live_cookies(live), recorded_cookies(recorded), "{place}: cookies");
}

/// Same address, same parameters in the same order; a code has the same length.
pub(crate) fn same_location(place: &str, recorded: Option<&str>, live: Option<&str>) {
    let masked = |location: &str| {
        let (before, after) = location.split_once("code=").unwrap_or((location, ""));
        match after.split_once('&') {
            Some((code, rest)) => format!("{before}code={}&{rest}", "*".repeat(code.len())),
            None => location.to_owned(),
        }
    };
    let masked = |location: Option<&str>| {
        location.map(|location| match location.split_once("/oidc/auth/") {
            Some((before, uid)) => format!("{before}/oidc/auth/{}", "*".repeat(uid.len())),
            None => masked(location),
        })
    };
    assert_eq!(masked(live), masked(recorded), "{place}: location");
}

/// Names and attributes of the cookies, without values, dates and interaction ids.
fn cookie_shape(header: &str) -> String {
    let mut parts = header.split("; ");
    let name = parts.next().unwrap().split('=').next().unwrap();
    let attributes: BTreeSet<String> = parts
        .map(|part| match part.split_once('=') {
            Some(("expires", date)) if date.starts_with("Thu, 01 Jan 1970") => "expired".to_owned(),
            Some(("expires", _)) => "expires".to_owned(),
            Some(("path", path)) if path.starts_with("/oidc/auth/") => "path=/oidc/auth/*".to_owned(),
            _ => part.to_owned(),
        })
        .collect();
    format!("{name}: {attributes:?}")
}

fn live_cookies(live: &Answer) -> BTreeSet<String> {
    live.headers.get_all("set-cookie").iter().map(|value| cookie_shape(value.to_str().unwrap())).collect()
}

fn recorded_cookies(recorded: &Value) -> BTreeSet<String> {
    let headers = recorded["headers"].as_array().into_iter().flatten();
    headers
        .filter(|pair| pair[0] == "set-cookie")
        .map(|pair| cookie_shape(pair[1].as_str().unwrap()))
        .collect()
}

pub(crate) fn recorded_header(recorded: &Value, name: &str) -> Option<String> {
    let headers = recorded["headers"].as_array()?;
    headers.iter().find(|pair| pair[0] == name)?[1].as_str().map(str::to_owned)
}

fn bodies(place: &str, recorded: &Value, live: &Value, endpoint: &str, keys: &Value, translated: bool) {
    let (recorded, live) = (recorded.as_object().unwrap(), live.as_object().unwrap());
    assert_eq!(names(live), names(recorded), "{place}: members");
    for (name, expected) in recorded {
        let actual = &live[name];
        let token = matches!(name.as_str(), "access_token" | "refresh_token" | "id_token" | "request_uri");
        match name.as_str() {
            _ if token => tokens(&format!("{place}.{name}"), expected, actual, endpoint, keys),
            "message" if translated => assert!(actual.is_string(), "{place}: message"),
            "keys" => assert_eq!(key_shapes(actual), key_shapes(expected), "{place}: keys"),
            volatile if VOLATILE.contains(&volatile) => {
                assert_eq!(kind(actual), kind(expected), "{place}: type of {name}");
            }
            _ => assert_eq!(actual, expected, "{place}: {name}"),
        }
    }
}

fn tokens(place: &str, recorded: &Value, live: &Value, endpoint: &str, keys: &Value) {
    let (recorded, live) = (recorded.as_str().unwrap(), live.as_str().unwrap());
    let Some((recorded_header, recorded_claims)) = jwt_parts(recorded) else {
        assert_eq!(live.len(), recorded.len(), "{place}: an opaque token's length");
        assert!(jwt_parts(live).is_none(), "{place}: should be opaque");
        return;
    };
    let (header, claims) = jwt_parts(live).unwrap_or_else(|| panic!("{place}: should be a JWT"));
    verify(place, live, keys);
    same_members(place, &recorded_header, &header, endpoint);
    same_members(place, &recorded_claims, &claims, endpoint);
    let life = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life(&claims), life(&recorded_claims), "{place}: lifetime");
}

fn same_members(place: &str, recorded: &Value, live: &Value, endpoint: &str) {
    let (recorded, live) = (recorded.as_object().unwrap(), live.as_object().unwrap());
    assert_eq!(names(live), names(recorded), "{place}: claims");
    for (name, expected) in recorded {
        assert_eq!(kind(&live[name]), kind(expected), "{place}: type of {name}");
        if !VOLATILE.contains(&name.as_str()) {
            let expected: Value = serde_json::from_str(&relocated(&expected.to_string(), endpoint)).unwrap();
            assert_eq!(live[name], expected, "{place}: {name}");
        }
    }
}

fn verify(place: &str, token: &str, keys: &Value) {
    let keys: JwkSet = serde_json::from_value(keys.clone()).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap_or_else(|| panic!("{place}: unknown kid"));
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let verified =
        jsonwebtoken::decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(key).unwrap(), &validation);
    assert!(verified.is_ok(), "{place}: {verified:?}");
}

/// Header and claims, if the text is a JWT.
pub(crate) fn jwt_parts(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let mut json = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    Some((json()?, json()?))
}

pub(crate) fn challenge(verifier: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

pub(crate) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn key_shapes(keys: &Value) -> Vec<BTreeMap<String, String>> {
    let shape = |name: &str, value: &Value| match name {
        "kid" | "x" | "y" => value.as_str().unwrap().len().to_string(),
        // Logto's RSA keys have 4096 bits, which take long to make; the tenant's have 2048.
        "n" => "a number".to_owned(),
        _ => value.to_string(),
    };
    let keys = keys.as_array().unwrap().iter().map(|key| key.as_object().unwrap());
    keys.map(|key| key.iter().map(|(name, value)| (name.clone(), shape(name, value))).collect()).collect()
}

fn names(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
