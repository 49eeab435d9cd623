//! The token endpoint: code exchange and refresh (RFC 6749 §4.1.3 and §6, RFC 8707).

use std::pin::Pin;
use std::time::Duration;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier, RefreshToken,
    RequestTokenError, StandardErrorResponse,
};
use serde::Deserialize;
use serde_json::Value;

use super::authorize::AuthorizationSecrets;
use super::client::{oidc_client, redirect_url};
use super::http::Http;
use super::jws::json_object;
use super::relying_party::RelyingParty;
use crate::error::{Endpoint, Error, OAuthError, Unavailable, UnavailableCause};
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// For an answer without `expires_in`: short enough to be true of any token.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);
/// Longer lives are cut: no clock arithmetic may overflow, and no token is worth trusting longer.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A successful answer.
#[derive(Debug, Clone)]
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
    Refused(#[from] OAuthError),
    /// A success that cannot be used; but the refresh token in it has taken the place of the old one.
    #[error("{unavailable}")]
    Unusable { refresh_token: Option<Secret>, unavailable: Unavailable },
}

/// The refresh token of an unusable response is lost here: a caller that has to keep it reads it first.
impl From<TokenFailure> for Error {
    fn from(failure: TokenFailure) -> Self {
        match failure {
            TokenFailure::Refused(refused) => Error::Refused(refused),
            TokenFailure::Unavailable(unavailable) | TokenFailure::Unusable { unavailable, .. } => {
                Error::Unavailable(unavailable)
            }
        }
    }
}

impl TokenFailure {
    /// Names the API resource that was asked for, where it is one that Logto does not know.
    pub(crate) fn about(self, resource: Option<&ResourceIndicator>) -> Self {
        match self {
            TokenFailure::Refused(refused) => refused.about(resource).into(),
            other => other,
        }
    }
}

impl RelyingParty {
    /// Trades the code of a callback for tokens. Never repeated: a code is spent by the first try. `redirect_uri` is
    /// that of the authorization request (RFC 6749 §4.1.3).
    pub(crate) async fn exchange_code(
        &self,
        code: String,
        secrets: &AuthorizationSecrets,
        redirect_uri: &str,
    ) -> Result<TokenAnswer, TokenFailure> {
        let metadata = self.provider.metadata().await?;
        let client = oidc_client(&self.config.app, &metadata)?.set_redirect_uri(redirect_url(redirect_uri)?);
        let channel = Channel(&self.provider.http);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.expose().to_owned()))
            .request_async(&channel)
            .await;
        read(answer)
    }

    /// Asks for an access token. Without a resource and an organization it is opaque, and good for the
    /// userinfo endpoint alone. `scope` is never sent: leaving it out asks for all that was granted.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &Secret,
        resource: Option<&ResourceIndicator>,
        organization: Option<&OrganizationId>,
    ) -> Result<TokenAnswer, TokenFailure> {
        let metadata = self.provider.metadata().await?;
        let client = oidc_client(&self.config.app, &metadata)?;
        let channel = Channel(&self.provider.http);
        let refresh_token = RefreshToken::new(refresh_token.expose().to_owned());
        let mut request = client.exchange_refresh_token(&refresh_token);
        if let Some(resource) = resource {
            request = request.add_extra_param("resource", resource.as_str());
        }
        if let Some(organization) = organization {
            request = request.add_extra_param("organization_id", organization.as_str());
        }
        let answer = request.request_async(&channel).await;
        read(answer)
    }
}

/// Lends the HTTP client to openidconnect, which builds the requests, and keeps the answers from it.
///
/// openidconnect takes an answer whole or not at all: a claim of an unexpected type in the ID token, and
/// the refresh token beside it would be lost although the old one may be spent. So every answer reaches it
/// as an error that it hands back untouched, and is read below.
struct Channel<'h>(&'h Http);

/// What a call comes back with.
#[derive(Debug, thiserror::Error)]
enum Reply {
    #[error("an answer")]
    Answer(u16, Vec<u8>),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl<'c> AsyncHttpClient<'c> for Channel<'_> {
    type Error = Reply;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Reply>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.call(Endpoint::Token, request).await?;
            Err(Reply::Answer(answer.status, answer.body))
        })
    }
}

#[derive(Deserialize)]
struct Success {
    access_token: Secret,
    token_type: String,
    expires_in: Option<Value>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    scope: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: String,
    error_description: Option<String>,
}

fn read<T>(
    answer: Result<T, RequestTokenError<Reply, StandardErrorResponse<CoreErrorResponseType>>>,
) -> Result<TokenAnswer, TokenFailure> {
    match answer {
        Err(RequestTokenError::Request(Reply::Answer(200, body))) => read_success(&body),
        Err(RequestTokenError::Request(Reply::Answer(status, body))) => Err(read_error(status, &body)),
        Err(RequestTokenError::Request(Reply::Unavailable(unavailable))) => Err(unavailable.into()),
        // The channel answers with nothing else.
        Ok(_) | Err(_) => Err(malformed("the request could not be built").into()),
    }
}

fn malformed(what: &str) -> Unavailable {
    Unavailable::new(Endpoint::Token, UnavailableCause::Malformed(what.to_owned()))
}

pub(super) fn read_success(body: &[u8]) -> Result<TokenAnswer, TokenFailure> {
    // serde's errors quote what they do not understand, and so could quote a token.
    let answer: Success = json_object(body).map_err(|_| malformed("it is not a token response"))?;
    let present = |token: &Secret| !token.expose().is_empty();
    let refresh_token = answer.refresh_token.filter(present);
    let unusable = |what: &str| {
        Err(TokenFailure::Unusable { refresh_token: refresh_token.clone(), unavailable: malformed(what) })
    };
    if !answer.token_type.eq_ignore_ascii_case("bearer") {
        return unusable("its `token_type` is not `Bearer`");
    }
    if !present(&answer.access_token) {
        return unusable("its `access_token` is empty");
    }
    let expires_in = match &answer.expires_in {
        None => DEFAULT_LIFE,
        Some(life) => match whole_seconds(life) {
            Some(seconds) => Duration::from_secs(seconds).min(MAX_LIFE),
            None => return unusable("its `expires_in` is not a number of seconds"),
        },
    };
    Ok(TokenAnswer {
        access_token: answer.access_token,
        expires_in,
        id_token: answer.id_token.filter(present),
        scopes: Scopes::parse(answer.scope.as_deref().unwrap_or_default()),
        refresh_token,
    })
}

/// A life in seconds: a number (RFC 6749 §5.1), which some servers write as a text or with a fraction. A part of a
/// second is left out; what is too long to count is as long as can be counted.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the sign and NaN are checked"
)]
fn whole_seconds(life: &Value) -> Option<u64> {
    let seconds = match life {
        Value::Number(number) => {
            return number.as_u64().or_else(|| whole_seconds(&number.to_string().into()));
        }
        Value::String(text) => text.trim_matches(' '),
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    // Nothing else that a float may be called: `inf`, `NaN`.
    let seconds: f64 = seconds.parse().ok().filter(|_| seconds.chars().all(plain))?;
    (seconds >= 0.0 && !seconds.is_sign_negative()).then_some(seconds as u64)
}

pub(super) fn read_error(status: u16, body: &[u8]) -> TokenFailure {
    match json_object::<ErrorBody>(body) {
        Ok(error) => OAuthError {
            endpoint: Endpoint::Token,
            status,
            error: printable(&error.error),
            description: error.error_description.as_deref().map(printable),
        }
        .into(),
        Err(_) => Unavailable::new(Endpoint::Token, UnavailableCause::Status(status)).into(),
    }
}

/// Text of another server, fit for a log line and a header.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).take(200).collect()
}
