//! Basic types: scopes, resource indicators, organization ids, secrets.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::ORGANIZATION_URN_PREFIX;

/// A set of scopes in their original order (RFC 6749 §3.3).
///
/// ```
/// use logto_rocket::Scopes;
///
/// let scopes = Scopes::parse("read:orders write:orders");
/// assert!(scopes.contains("read:orders"));
/// assert!(!scopes.contains("read:order"));
/// assert_eq!(scopes.to_string(), "read:orders write:orders");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Option<Arc<Vec<String>>>);

impl Scopes {
    /// Splits at spaces, the only separator in RFC 6749. Repeated scopes count once.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|scope| !scope.is_empty()).collect()
    }

    /// Whether exactly this scope is in the set.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.names().iter().any(|held| held == scope)
    }

    /// Adds a scope, unless the set contains it.
    pub fn insert(&mut self, scope: &str) {
        if !self.contains(scope) {
            Arc::make_mut(self.0.get_or_insert_default()).push(scope.to_owned());
        }
    }

    /// The scopes in their original order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names().iter().map(String::as_str)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    fn names(&self) -> &[String] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut scopes = Scopes::default();
        for name in names {
            scopes.insert(name);
        }
        scopes
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Scopes::parse(&text))
    }
}

/// The resource indicator of an API resource (RFC 8707): an absolute URI that is compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceIndicator(Arc<str>);

impl ResourceIndicator {
    pub(crate) fn new(indicator: impl Into<String>) -> Self {
        ResourceIndicator(indicator.into().into())
    }

    /// The indicator as it is sent in `resource` and received in `aud`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a Logto organization.
///
/// ```
/// use logto_rocket::OrganizationId;
///
/// let acme = OrganizationId::new("7wwvh86x5bl0").expect("letters and digits");
/// assert_eq!(acme.to_urn(), "urn:logto:organization:7wwvh86x5bl0");
/// assert_eq!(OrganizationId::from_urn(&acme.to_urn()), Some(acme));
/// assert_eq!(OrganizationId::new("../etc"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(Arc<str>);

impl OrganizationId {
    /// `None` if this cannot be an organization id: Logto uses ASCII letters, digits, `-` and `_`, and ids of up to
    /// 128 characters are accepted here.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let fits = (1..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then(|| OrganizationId(id.into()))
    }

    /// The id as Logto writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The audience of the organization's tokens.
    #[must_use]
    pub fn to_urn(&self) -> String {
        format!("{ORGANIZATION_URN_PREFIX}{}", self.0)
    }

    /// The organization id in an audience, if the audience is that of an organization token.
    #[must_use]
    pub fn from_urn(urn: &str) -> Option<Self> {
        urn.strip_prefix(ORGANIZATION_URN_PREFIX).and_then(OrganizationId::new)
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret text: a token, a client secret, a code verifier. Prints as `[REDACTED]` and is wiped from memory when its
/// last copy is dropped. Copies share the text.
#[derive(Clone)]
pub(crate) struct Secret(Arc<SecretString>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Secret(Arc::new(SecretString::from(text.into())))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose().as_bytes(), other.expose().as_bytes())
            .is_ok()
    }
}

/// Serialized only into sealed values.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f17_scopes_are_split_at_spaces_only_and_matched_exactly() {
        let scopes = Scopes::parse("  read:orders  read:orders2 x\ty ");
        assert_eq!(scopes.iter().collect::<Vec<_>>(), ["read:orders", "read:orders2", "x\ty"]);
        assert!(!scopes.contains("READ:ORDERS"));
        assert!(!scopes.contains("x"));
    }

    #[test]
    fn l12_only_plausible_organization_ids_pass() {
        for bad in ["", "..", "a/b", "a b", "a\0", "é", &"a".repeat(129)] {
            assert_eq!(OrganizationId::new(bad), None, "{bad:?}");
        }
        assert_eq!(OrganizationId::from_urn("urn:logto:organization:"), None);
        assert_eq!(OrganizationId::from_urn("https://x"), None);
    }

    #[test]
    fn o02_secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "[REDACTED]");
    }
}
