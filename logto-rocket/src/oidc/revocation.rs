//! Token revocation (RFC 7009).

use super::client::with_credentials;
use super::relying_party::RelyingParty;
use super::token_endpoint::{TokenFailure, printable};
use crate::error::{Endpoint, OAuthError};
use crate::types::Secret;

impl RelyingParty {
    /// Ends the grant behind a refresh token. A tenant without the endpoint has nothing to revoke at.
    ///
    /// Not through openidconnect: that refuses a revocation endpoint on `http://localhost`.
    pub(crate) async fn revoke(&self, refresh_token: &Secret) -> Result<(), TokenFailure> {
        let provider = &self.provider;
        let metadata = provider.metadata().await?;
        let Some(url) = &metadata.revocation_endpoint else { return Ok(()) };
        let form = [("token", refresh_token.expose()), ("token_type_hint", "refresh_token")];
        let request =
            with_credentials(provider.http.client().post(url.clone()), &self.config.app).form(&form);
        let answer = provider.http.send(Endpoint::Revocation, request).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(OAuthError {
            endpoint: Endpoint::Revocation,
            status: answer.status,
            error: "revocation_refused".to_owned(),
            description: std::str::from_utf8(&answer.body).ok().map(printable),
        }
        .into())
    }
}
