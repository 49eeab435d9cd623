//! Pushed authorization requests (RFC 9126): the parameters of a sign-in go to Logto directly, and the browser carries a
//! reference to them.

use serde::Deserialize;
use url::Url;

use super::client::with_credentials;
use super::jws::json_object;
use super::metadata::Metadata;
use super::relying_party::RelyingParty;
use super::token_endpoint::{TokenFailure, read_error};
use crate::config::PushedRequests;
use crate::error::{Endpoint, Error, OAuthError, Unavailable, UnavailableCause};

/// A longer reference would be no reference. Logto's have 78 characters.
const MAX_REFERENCE: usize = 512;

#[derive(Deserialize)]
struct Success {
    request_uri: String,
}

impl RelyingParty {
    /// The URL that the browser is sent to in place of `url`: as the setting `par` says. With `required` there is none
    /// that carries the parameters itself, whatever goes wrong.
    pub(super) async fn pushed(&self, url: Url, metadata: &Metadata) -> Result<Url, Error> {
        let endpoint = metadata.pushed_authorization_endpoint.as_ref();
        match (self.config.pushed_requests, endpoint) {
            (PushedRequests::Off, _) | (PushedRequests::Auto, None) => Ok(url),
            (PushedRequests::Required, None) => {
                Err(malformed("the discovery document names no such endpoint, and `par` is \"required\"")
                    .into())
            }
            (PushedRequests::Required, Some(endpoint)) => self.push(&url, endpoint, metadata).await,
            (PushedRequests::Auto, Some(endpoint)) => match self.push(&url, endpoint, metadata).await {
                Ok(short) => Ok(short),
                Err(error) => {
                    tracing::warn!(target: "logto", "could not push an authorization request, so the browser carries its parameters: {error}");
                    Ok(url)
                }
            },
        }
    }

    async fn push(&self, url: &Url, endpoint: &Url, metadata: &Metadata) -> Result<Url, Error> {
        let form: Vec<_> = url.query_pairs().collect();
        let request = self.provider.http.client().post(endpoint.clone()).form(&form);
        let request = with_credentials(request, &self.config.app);
        let answer = self.provider.http.send(Endpoint::PushedAuthorization, request).await?;
        if !matches!(answer.status, 200 | 201) {
            return Err(match read_error(answer.status, &answer.body) {
                TokenFailure::Refused(refused) => {
                    OAuthError { endpoint: Endpoint::PushedAuthorization, ..refused }.into()
                }
                _ => Unavailable::new(Endpoint::PushedAuthorization, UnavailableCause::Status(answer.status))
                    .into(),
            });
        }
        let answer: Success =
            json_object(&answer.body).map_err(|_| malformed("it is not a pushed authorization response"))?;
        let reference = answer.request_uri;
        if reference.len() > MAX_REFERENCE || Url::parse(&reference).is_err() {
            return Err(malformed("its `request_uri` is not a URI").into());
        }
        let mut short = metadata.authorization_endpoint.clone();
        short
            .query_pairs_mut()
            .append_pair("client_id", &self.config.app.id)
            .append_pair("request_uri", &reference);
        Ok(short)
    }
}

fn malformed(what: &str) -> Unavailable {
    Unavailable::new(Endpoint::PushedAuthorization, UnavailableCause::Malformed(what.to_owned()))
}
