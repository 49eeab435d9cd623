//! Who this server is at Logto: openidconnect's client, and the credentials where it is not asked through that one.

use openidconnect::core::CoreClient;
use openidconnect::{
    AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKeySet, RedirectUrl,
    TokenUrl,
};

use reqwest::RequestBuilder;
use url::form_urlencoded::byte_serialize;

use super::metadata::Metadata;
use crate::config::AppCredentials;
use crate::error::{Endpoint, Unavailable, UnavailableCause};

/// An authorization endpoint and a token endpoint; the rest is not asked through openidconnect.
pub(super) type OidcClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

/// Built anew for each use from what is cached: it must never be the cache.
pub(super) fn oidc_client(app: &AppCredentials, metadata: &Metadata) -> Result<OidcClient, Unavailable> {
    let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(malformed)?;
    Ok(CoreClient::new(ClientId::new(app.id.clone()), issuer, JsonWebKeySet::default())
        .set_client_secret(ClientSecret::new(app.secret.expose().to_owned()))
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone())))
}

/// The redirect URI of one sign-in. It belongs to the origin that the sign-in began at.
pub(super) fn redirect_url(uri: &str) -> Result<RedirectUrl, Unavailable> {
    RedirectUrl::new(uri.to_owned()).map_err(malformed)
}

fn malformed(error: url::ParseError) -> Unavailable {
    Unavailable::new(Endpoint::Discovery, UnavailableCause::Malformed(error.to_string()))
}

/// Adds the application's Basic credentials. RFC 6749 §2.3.1 has id and secret encoded as a form encodes them, which
/// leaves `-`, `.`, `_` and `*` as they are; openidconnect does the same for the calls that it builds.
pub(super) fn with_credentials(request: RequestBuilder, app: &AppCredentials) -> RequestBuilder {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    request.basic_auth(encode(&app.id), Some(encode(app.secret.expose())))
}
