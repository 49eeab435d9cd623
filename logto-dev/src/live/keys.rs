//! Changes the signing keys of a running tenant.

use serde_json::Value;

use crate::Result;
use crate::keys::{KeyKind, SigningKey};
use crate::shared::Shared;

/// The signing keys of a tenant. Logto publishes two: the current one first, the previous one second.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// tenant.keys().rotate_to_rsa()?; // tokens are RS256 from now on, older ones still verify
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    shared: &'a Shared,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// Signs with a new elliptic-curve key (ES384) from now on. Returns its id.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`](crate::Error::Crypto) if no key can be made.
    pub fn rotate(&self) -> Result<String> {
        self.shared.with_state(|state, _| state.keys.rotate(KeyKind::Ec))
    }

    /// Signs with a new RSA key (RS256) from now on. Returns its id.
    ///
    /// # Errors
    ///
    /// As [`rotate`](Self::rotate).
    pub fn rotate_to_rsa(&self) -> Result<String> {
        self.shared.with_state(|state, _| state.keys.rotate(KeyKind::Rsa))
    }

    /// Removes the previous key from the key set, so that its tokens no longer verify.
    pub fn forget_previous(&self) {
        self.shared.with_state(|state, _| state.keys.forget_previous());
    }

    /// The ids of the published keys, the current one first.
    pub fn ids(&self) -> Vec<String> {
        self.shared.with_state(|state, _| state.keys.kids())
    }

    /// The real key set.
    pub fn jwks(&self) -> Value {
        self.shared.with_state(|state, _| state.keys.jwks())
    }

    /// Publishes this instead of the real key set: for example an older set to publish a new key late, a set without a
    /// key, or one with two keys of the same id. Tokens are signed as before.
    pub fn publish_instead(&self, jwks: Value) {
        self.shared.with_state(|state, _| state.keys.publish_instead(Some(jwks)));
    }

    /// Publishes the real key set again.
    pub fn publish_again(&self) {
        self.shared.with_state(|state, _| state.keys.publish_instead(None));
    }

    /// Signs any header and claims with the current key, whatever they say.
    ///
    /// # Errors
    ///
    /// As [`rotate`](Self::rotate).
    pub fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        self.shared.with_state(|state, _| state.keys.current().sign(header, claims))
    }

    /// Signs any header and claims with a key that the tenant never published.
    ///
    /// # Errors
    ///
    /// As [`rotate`](Self::rotate).
    pub fn sign_with_stranger(&self, header: &Value, claims: &Value) -> Result<String> {
        SigningKey::generate(KeyKind::Ec)?.sign(header, claims)
    }
}
