//! Grants without a user in front of a browser: client credentials (RFC 6749 §4.4) and token exchange
//! (RFC 8693). Logto answers both at the token endpoint.

use std::sync::Arc;

use super::client::with_credentials;
use super::provider::Provider;
use super::token_endpoint::{TokenAnswer, TokenFailure, read_error, read_success};
use crate::config::AppCredentials;
use crate::error::Endpoint;

impl Provider {
    /// Sends `form` to the token endpoint as the application `app`.
    ///
    /// Not through openidconnect, which knows no token exchange.
    pub(crate) async fn ask_for_token(
        self: &Arc<Self>,
        app: &AppCredentials,
        form: &[(&str, &str)],
    ) -> Result<TokenAnswer, TokenFailure> {
        let metadata = self.metadata().await?;
        let request = self.http.client().post(metadata.token_endpoint.clone());
        let request = with_credentials(request, app).form(form);
        let answer = self.http.send(Endpoint::Token, request).await?;
        match answer.status {
            200 => read_success(&answer.body),
            status => Err(read_error(status, &answer.body)),
        }
    }
}
