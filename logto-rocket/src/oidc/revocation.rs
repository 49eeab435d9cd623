//! Token revocation (RFC 7009).

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::provider::Provider;
use super::token_endpoint::{TokenFailure, printable};
use crate::error::{Endpoint, Refused};
use crate::types::Secret;

impl Provider {
    /// Ends the grant behind a refresh token. A tenant without the endpoint has nothing to revoke at.
    ///
    /// Not through openidconnect: that refuses a revocation endpoint on `http://localhost`.
    pub(crate) async fn revoke(self: &Arc<Self>, refresh_token: &Secret) -> Result<(), TokenFailure> {
        let metadata = self.metadata().await?;
        let Some(url) = &metadata.revocation_endpoint else { return Ok(()) };
        // RFC 6749 §2.3.1: id and secret are form-encoded before they become Basic credentials.
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (id, secret) = (encode(&self.config.app_id), encode(self.config.app_secret.expose()));
        let form = [("token", refresh_token.expose()), ("token_type_hint", "refresh_token")];
        let request = self.http.client().post(url.clone()).basic_auth(id, Some(secret)).form(&form);
        let answer = self.http.send(Endpoint::Revocation, request).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(Refused {
            endpoint: Endpoint::Revocation,
            status: answer.status,
            error: "revocation_refused".to_owned(),
            description: std::str::from_utf8(&answer.body).ok().map(printable),
        }
        .into())
    }
}
