//! openidconnect's client, built anew for each use from what is cached: it must never be the cache.

use openidconnect::core::CoreClient;
use openidconnect::{
    AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKeySet, RedirectUrl,
    TokenUrl,
};

use super::metadata::Metadata;
use crate::config::Config;
use crate::error::{Endpoint, Unavailable, UnavailableCause};

/// An authorization endpoint and a token endpoint; the rest is not asked through openidconnect.
pub(super) type OidcClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

pub(super) fn oidc_client(config: &Config, metadata: &Metadata) -> Result<OidcClient, Unavailable> {
    let malformed = |error: url::ParseError| {
        Unavailable::new(Endpoint::Discovery, UnavailableCause::Malformed(error.to_string()))
    };
    let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(malformed)?;
    let redirect_uri = RedirectUrl::new(config.redirect_uri()).map_err(malformed)?;
    Ok(CoreClient::new(ClientId::new(config.app_id.clone()), issuer, JsonWebKeySet::default())
        .set_client_secret(ClientSecret::new(config.app_secret.expose().to_owned()))
        .set_redirect_uri(redirect_uri)
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone())))
}
