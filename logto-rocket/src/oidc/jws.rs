//! Compact JSON Web Signatures (RFC 7515), parsed strictly before any cryptography.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use crate::clock::UnixTime;
use crate::error::InvalidToken;

/// Larger tokens are refused unread. Logto's largest are a few kilobytes.
const MAX_TOKEN: usize = 64 * 1024;
/// The limit of serde_json.
const MAX_DEPTH: usize = 128;
/// Logto's key ids have 43 characters.
const MAX_KID: usize = 256;

/// A token taken apart, its signature not yet checked.
pub(crate) struct Jws<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    token_type: TokenType,
    pub(super) signing_input: &'t [u8],
    pub(super) signature: Vec<u8>,
    payload: Vec<u8>,
}

/// What the header's `typ` says the token is (RFC 9068 §2.1, OpenID Connect Back-Channel Logout §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    /// No `typ`, or the general `JWT`.
    Untyped,
    AccessToken,
    LogoutToken,
    Other,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Any of these asks for processing that is not done here, whatever its value.
    #[serde(default)]
    cty: Present,
    #[serde(default)]
    crit: Present,
    #[serde(default)]
    b64: Present,
    #[serde(default)]
    zip: Present,
    #[serde(default)]
    enc: Present,
}

/// Whether a member is there at all.
#[derive(Debug, Default)]
pub(crate) struct Present(pub(crate) bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Present(true))
    }
}

impl<'t> Jws<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, InvalidToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidToken::Malformed);
        }
        let Some((signing_input, signature)) = token.rsplit_once('.') else {
            return Err(InvalidToken::Opaque);
        };
        let (header, payload) = signing_input.split_once('.').ok_or(InvalidToken::Malformed)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(InvalidToken::Malformed);
        }
        let header: Header = json_object(&decode(header)?)?;
        let payload = decode(payload)?;
        let signature = decode(signature)?;

        if header.crit.0 || header.b64.0 {
            return Err(InvalidToken::CriticalHeader);
        }
        if header.zip.0 || header.enc.0 || header.cty.0 {
            return Err(InvalidToken::Malformed);
        }
        if header.kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID) {
            return Err(InvalidToken::Malformed);
        }
        Ok(Jws {
            algorithm: Algorithm::from_name(&header.alg).ok_or(InvalidToken::Algorithm)?,
            kid: header.kid,
            token_type: TokenType::from_header(header.typ.as_deref()),
            signing_input: signing_input.as_bytes(),
            signature,
            payload,
        })
    }

    pub(crate) fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The bytes of the claims. Not to be believed before the signature was checked.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims. Not to be believed before the signature was checked.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, InvalidToken> {
        json_object(&self.payload)
    }
}

impl TokenType {
    fn from_header(typ: Option<&str>) -> Self {
        let Some(typ) = typ else { return TokenType::Untyped };
        let lower = typ.to_ascii_lowercase();
        match lower.strip_prefix("application/").unwrap_or(&lower) {
            "at+jwt" => TokenType::AccessToken,
            "logout+jwt" => TokenType::LogoutToken,
            "jwt" => TokenType::Untyped,
            _ => TokenType::Other,
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, InvalidToken> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidToken::Malformed)
}

/// Reads a JSON object. An array is refused although serde would fill a struct from one.
pub(crate) fn json_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, InvalidToken> {
    // RFC 8259 §2: these four are white space, and nothing else is.
    let first = bytes.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    if first != Some(&b'{') || !is_shallow(bytes) {
        return Err(InvalidToken::Malformed);
    }
    // serde_json lets pass what it skips; RFC 7519 §7.1 wants all of it in UTF-8.
    let text = std::str::from_utf8(bytes).map_err(|_| InvalidToken::Malformed)?;
    serde_json::from_str(text)
        .map_err(|error| if error.is_data() { InvalidToken::Claim } else { InvalidToken::Malformed })
}

/// Whether no value is nested deeper than serde_json would read it. It would skip a deeper one where nobody asks
/// for that member; nobody honest sends one.
fn is_shallow(bytes: &[u8]) -> bool {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest <= MAX_DEPTH
}

/// A time in a JWT (RFC 7519 §2): a JSON number of seconds, never a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate(pub(crate) UnixTime);

impl<'de> Deserialize<'de> for NumericDate {
    #[allow(clippy::cast_possible_truncation, reason = "`as` saturates, and the sign and NaN are checked")]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let seconds = match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(seconds), ..) => seconds,
            (_, Some(_), _) => i64::MAX,
            (_, _, Some(seconds)) if seconds.is_finite() => seconds as i64,
            _ => return Err(D::Error::custom("the time is not a number of seconds")),
        };
        if seconds < 0 {
            return Err(D::Error::custom("the time is before 1970"));
        }
        Ok(NumericDate(UnixTime(seconds)))
    }
}

/// A claim that may be missing, but is never `null`: where the lack of it means something, it has to be told.
pub(crate) fn stated<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// `aud` (RFC 7519 §4.1.3): a text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, String> {
        match self {
            Audience::One(audience) => std::slice::from_ref(audience).iter(),
            Audience::Many(audiences) => audiences.iter(),
        }
    }

    pub(crate) fn contains(&self, expected: &str) -> bool {
        self.iter().any(|audience| audience == expected)
    }

    /// Whether it is `expected` and nobody else: a further audience is one more party that could replay the
    /// token here.
    pub(crate) fn is_only(&self, expected: &str) -> bool {
        self.contains(expected) && self.iter().all(|audience| audience == expected)
    }
}

/// A JSON object in which no name stands twice.
pub(crate) struct Unique(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Unique, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if map.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is repeated"));
                    }
                }
                Ok(Unique(map))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload),
            URL_SAFE_NO_PAD.encode("sig")
        )
    }

    fn refusal(token: &str) -> InvalidToken {
        Jws::parse(token).err().unwrap_or_else(|| panic!("{token} was taken"))
    }

    #[test]
    fn e01_unsigned_and_symmetric_algorithms_are_refused() {
        for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "ES256K", "es384"] {
            assert_eq!(
                refusal(&token(&format!(r#"{{"alg":"{alg}"}}"#), "{}")),
                InvalidToken::Algorithm,
                "{alg}"
            );
        }
        assert_eq!(refusal(&token(r#"{"alg":null}"#, "{}")), InvalidToken::Claim);
        assert_eq!(refusal(&token("{}", "{}")), InvalidToken::Claim);
    }

    #[test]
    fn e09_only_three_parts_make_a_token() {
        let good = token(r#"{"alg":"ES384"}"#, "{}");
        assert!(Jws::parse(&good).is_ok());
        assert_eq!(refusal("opaque"), InvalidToken::Opaque);
        for bad in [
            format!("{good}.x"),
            format!("{good}.a.b"),
            good.rsplit_once('.').map(|(head, _)| format!("{head}.")).expect("dots"),
            format!(" {good}"),
            format!("{good}\n"),
            "..".to_owned(),
            "a.b".to_owned(),
        ] {
            assert_eq!(refusal(&bad), InvalidToken::Malformed, "{bad:?}");
        }
    }

    #[test]
    fn e10_base64_must_be_canonical() {
        let good = token(r#"{"alg":"ES384"}"#, "{}");
        let (head, _) = good.rsplit_once('.').expect("dots");
        for signature in ["c2ln=", "c2l+", "c2l/", "c2lnZ", "c2ln Z2c", "QR"] {
            assert_eq!(refusal(&format!("{head}.{signature}")), InvalidToken::Malformed, "{signature}");
        }
    }

    #[test]
    fn e11_e12_headers_are_single_valued_objects() {
        for header in [
            r#"{"alg":"ES384","alg":"RS256"}"#,
            r#"["ES384"]"#,
            r#""ES384""#,
            "7",
            "",
            "\u{feff}{\"alg\":\"ES384\"}",
            r#"{"alg":"ES384","kid":7}"#,
            r#"{"alg":"ES384","kid":["a"]}"#,
            r#"{"alg":"ES384",}"#,
        ] {
            assert!(
                matches!(refusal(&token(header, "{}")), InvalidToken::Malformed | InvalidToken::Claim),
                "{header}"
            );
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Jws::parse(&token(&format!(r#"{{"alg":{deep}}}"#), "{}")).is_err());
        let nested = token(r#"{"alg":"ES384"}"#, &format!(r#"{{"x":{deep}}}"#));
        assert!(
            Jws::parse(&nested)
                .expect("parts")
                .claims::<serde_json::Map<String, serde_json::Value>>()
                .is_err()
        );
        let array = token(r#"{"alg":"ES384"}"#, r#"["a"]"#);
        assert!(
            Jws::parse(&array)
                .expect("parts")
                .claims::<serde_json::Map<String, serde_json::Value>>()
                .is_err()
        );
    }

    #[test]
    fn e13_e14_extensions_are_refused() {
        for header in [
            r#"{"alg":"ES384","crit":["exp"]}"#,
            r#"{"alg":"ES384","crit":[]}"#,
            r#"{"alg":"ES384","b64":false}"#,
            r#"{"alg":"ES384","crit":null}"#,
        ] {
            assert_eq!(refusal(&token(header, "{}")), InvalidToken::CriticalHeader, "{header}");
        }
        for header in [
            r#"{"alg":"ES384","zip":"DEF"}"#,
            r#"{"alg":"ES384","cty":"JWT"}"#,
            r#"{"alg":"ES384","enc":"A128GCM"}"#,
        ] {
            assert_eq!(refusal(&token(header, "{}")), InvalidToken::Malformed, "{header}");
        }
    }

    #[test]
    fn d05_times_are_numbers() {
        for bad in ["\"1\"", "null", "true", "[1]", "-1", "{}", "1e400"] {
            assert!(serde_json::from_str::<NumericDate>(bad).is_err(), "{bad}");
        }
        for (good, seconds) in
            [("1", 1), ("1.9", 1), ("9007199254740992", 1 << 53), ("18446744073709551615", i64::MAX)]
        {
            assert_eq!(serde_json::from_str::<NumericDate>(good).expect(good).0, UnixTime(seconds), "{good}");
        }
    }

    #[test]
    fn f14_types_are_compared_without_case_and_prefix() {
        for (typ, expected) in [
            (Some("at+jwt"), TokenType::AccessToken),
            (Some("AT+JWT"), TokenType::AccessToken),
            (Some("application/at+jwt"), TokenType::AccessToken),
            (Some("JWT"), TokenType::Untyped),
            (None, TokenType::Untyped),
            (Some("logout+jwt"), TokenType::LogoutToken),
            (Some("secevent+jwt"), TokenType::Other),
            (Some(""), TokenType::Other),
        ] {
            assert_eq!(TokenType::from_header(typ), expected, "{typ:?}");
        }
    }
}
