//! The claims of a session: sealed as JSON text, and read once for all requests that share the session.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::oidc::UserClaims;

/// The verified claims about the user. Each form is made when it is first asked for.
#[derive(Clone)]
pub(super) struct SessionClaims {
    json: Box<str>,
    map: OnceLock<Box<Map<String, Value>>>,
    typed: OnceLock<Box<UserClaims>>,
}

impl SessionClaims {
    pub(super) fn new(claims: &Map<String, Value>) -> Self {
        Self::from_json(serde_json::to_string(claims).unwrap_or_else(|_| "{}".to_owned()).into())
    }

    fn from_json(json: Box<str>) -> Self {
        SessionClaims { json, map: OnceLock::new(), typed: OnceLock::new() }
    }

    /// About the bytes that the claims take once they are read. A value takes much more than its text.
    pub(super) fn weight(&self) -> usize {
        self.json.len() * 16
    }

    pub(super) fn as_map(&self) -> &Map<String, Value> {
        self.map.get_or_init(|| Box::new(serde_json::from_str(&self.json).unwrap_or_default()))
    }

    pub(super) fn as_user_claims(&self) -> &UserClaims {
        self.typed.get_or_init(|| Box::new(UserClaims::read(self.as_map().clone())))
    }
}

/// Without the claims: they are personal data.
impl fmt::Debug for SessionClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionClaims").field("bytes", &self.json.len()).finish_non_exhaustive()
    }
}

impl Serialize for SessionClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.json)
    }
}

impl<'de> Deserialize<'de> for SessionClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_json(Box::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_read_once_and_survive_their_sealed_form() {
        let map =
            json!({ "sub": "u", "name": "Alice", "custom": [1] }).as_object().expect("an object").clone();
        let claims = SessionClaims::new(&map);
        assert_eq!(claims.as_map(), &map);
        assert!(std::ptr::eq(claims.as_map(), claims.as_map()));
        assert_eq!(claims.as_user_claims().name.as_deref(), Some("Alice"));
        assert_eq!(claims.as_user_claims().other["custom"], json!([1]));
        assert!(std::ptr::eq(claims.as_user_claims(), claims.as_user_claims()));
        let bytes = postcard::to_allocvec(&claims).expect("bytes");
        let back: SessionClaims = postcard::from_bytes(&bytes).expect("claims");
        assert_eq!(back.as_map(), &map);
        assert!(!format!("{claims:?}").contains("Alice"));
    }
}
