//! The token endpoint: code exchange and refresh (RFC 6749 §4.1.3 and §6, RFC 8707).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use openidconnect::core::{CoreErrorResponseType, CoreTokenResponse, CoreTokenType};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, HttpRequest, HttpResponse, OAuth2TokenResponse, PkceCodeVerifier,
    RefreshToken, RequestTokenError, StandardErrorResponse, TokenResponse as _,
};

use super::authorize::Attempt;
use super::client::oidc_client;
use super::http::Http;
use super::provider::Provider;
use crate::error::{Endpoint, Refused, Unavailable, UnavailableCause};
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// For an answer without `expires_in`: short enough to be true of any token.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);
/// Longer lives are cut: no clock arithmetic may overflow, and no token is worth trusting longer.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A successful answer.
#[derive(Debug)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: Secret,
    pub(crate) expires_in: Duration,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) scopes: Scopes,
}

/// Why there is no token.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TokenFailure {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Provider {
    /// Trades the code of a callback for tokens. Never repeated: a code is spent by the first try.
    pub(crate) async fn exchange_code(
        self: &Arc<Self>,
        code: String,
        attempt: &Attempt,
    ) -> Result<TokenAnswer, TokenFailure> {
        let metadata = self.metadata().await?;
        let client = oidc_client(&self.config, &metadata)?;
        let channel = Channel::new(&self.http);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.expose().to_owned()))
            .request_async(&channel)
            .await;
        channel.read(answer)
    }

    /// Asks for an access token. Without a resource and an organization it is opaque, and good for the
    /// userinfo endpoint alone. `scope` is never sent: leaving it out asks for all that was granted.
    pub(crate) async fn refresh(
        self: &Arc<Self>,
        refresh_token: &Secret,
        resource: Option<&ResourceIndicator>,
        organization: Option<&OrganizationId>,
    ) -> Result<TokenAnswer, TokenFailure> {
        let metadata = self.metadata().await?;
        let client = oidc_client(&self.config, &metadata)?;
        let channel = Channel::new(&self.http);
        let refresh_token = RefreshToken::new(refresh_token.expose().to_owned());
        let mut request = client.exchange_refresh_token(&refresh_token);
        if let Some(resource) = resource {
            request = request.add_extra_param("resource", resource.as_str());
        }
        if let Some(organization) = organization {
            request = request.add_extra_param("organization_id", organization.as_str());
        }
        let answer = request.request_async(&channel).await;
        channel.read(answer)
    }
}

/// Lends the HTTP client to openidconnect, and keeps the status, which openidconnect does not hand out.
struct Channel<'h> {
    http: &'h Http,
    status: AtomicU16,
}

type Failure = RequestTokenError<Unavailable, StandardErrorResponse<CoreErrorResponseType>>;

impl<'h> Channel<'h> {
    fn new(http: &'h Http) -> Self {
        Channel { http, status: AtomicU16::new(0) }
    }

    fn read(&self, answer: Result<CoreTokenResponse, Failure>) -> Result<TokenAnswer, TokenFailure> {
        match answer {
            Ok(answer) => read_success(&answer),
            Err(RequestTokenError::Request(unavailable)) => Err(unavailable.into()),
            Err(RequestTokenError::ServerResponse(error)) => Err(Refused {
                endpoint: Endpoint::Token,
                status: self.status.load(Ordering::Relaxed),
                error: error.error().as_ref().to_owned(),
                description: error.error_description().map(|text| printable(text)),
            }
            .into()),
            // Neither variant is printed: both may hold the body, and so the tokens.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                Err(malformed("it is no token response").into())
            }
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Channel<'_> {
    type Error = Unavailable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unavailable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.http.call(Endpoint::Token, request).await?;
            self.status.store(response.status().as_u16(), Ordering::Relaxed);
            Ok(response)
        })
    }
}

fn malformed(what: &str) -> Unavailable {
    Unavailable::new(Endpoint::Token, UnavailableCause::Malformed(what.to_owned()))
}

fn read_success(answer: &CoreTokenResponse) -> Result<TokenAnswer, TokenFailure> {
    if *answer.token_type() != CoreTokenType::Bearer {
        return Err(malformed("its token type is not Bearer").into());
    }
    if answer.access_token().secret().is_empty() {
        return Err(malformed("its access token is empty").into());
    }
    Ok(TokenAnswer {
        access_token: Secret::new(answer.access_token().secret().clone()),
        expires_in: answer.expires_in().unwrap_or(DEFAULT_LIFE).min(MAX_LIFE),
        refresh_token: answer.refresh_token().map(|token| Secret::new(token.secret().clone())),
        id_token: answer.id_token().map(|token| Secret::new(token.to_string())),
        scopes: answer
            .scopes()
            .map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect())
            .unwrap_or_default(),
    })
}

/// Text of another server, fit for a log line and a header.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).take(200).collect()
}
