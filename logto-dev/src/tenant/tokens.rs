//! Tokens and codes without a sign-in.

use super::Tenant;
use crate::Result;
use crate::account;
use crate::issue::{self, Issue};

impl Tenant {
    /// Issues an access token without a sign-in: a JWT for a resource, an organization or both, or an opaque token
    /// if neither is named.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a user or application that the tenant does not have.
    pub fn access_token(&self, issue: Issue) -> Result<String> {
        issue::access_token(&self.shared, issue)
    }

    /// Issues an ID token without a sign-in.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn id_token(&self, issue: Issue) -> Result<String> {
        issue::id_token(&self.shared, issue)
    }

    /// Issues a logout token without a sign-out. Set the `sid` with [`Issue::claim`].
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn logout_token(&self, issue: Issue) -> Result<String> {
        issue::logout_token(&self.shared, issue)
    }

    /// The last verification code that a user asked for to be sent to this e-mail address or phone number. The tenant
    /// sends nothing.
    pub fn verification_code(&self, to: &str) -> Option<String> {
        self.shared.with_state(|state, _| {
            let codes = state.account.records.values().filter_map(|record| record.code_for(to));
            codes.max_by_key(|(expires_at, _)| *expires_at).map(|(_, code)| code.to_owned())
        })
    }

    /// The code that an authenticator app with this secret shows at this moment, by the clock of the tenant. `None` if the
    /// secret is not one that the tenant has generated, in Base32.
    pub fn totp_code(&self, secret: &str) -> Option<String> {
        account::totp_code(secret, self.shared.clock.now_ms())
    }
}
