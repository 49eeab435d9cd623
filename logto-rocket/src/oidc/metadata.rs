//! The discovery document (OpenID Connect Discovery 1.0, RFC 8414), as far as it is used.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata};
use serde::{Deserialize, Serialize};
use url::Url;

use super::algorithm::Algorithm;
use crate::config::Config;
use crate::error::UnavailableCause;

type Document = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Members that openidconnect's type does not know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Further {
    revocation_endpoint: Option<Url>,
    introspection_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    pushed_authorization_request_endpoint: Option<Url>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

/// Where the tenant's endpoints are, for browsers and for this server.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    pub(super) revocation_endpoint: Option<Url>,
    pub(super) introspection_endpoint: Option<Url>,
    pub(super) end_session_endpoint: Option<Url>,
    pub(super) pushed_authorization_endpoint: Option<Url>,
    /// Whether every authorization response carries `iss` (RFC 9207).
    pub(crate) answers_with_issuer: bool,
    /// What ID tokens may be signed with, as far as it is known here. Out of date for a while after a rotation.
    pub(super) id_token_algorithms: Vec<Algorithm>,
}

impl Metadata {
    /// Reads the document and checks it against the configuration.
    ///
    /// Logto derives its endpoints from the `Host` header of the request. With an internal endpoint they are
    /// corrected for their caller: a browser, or this server.
    pub(super) fn read(body: &[u8], config: &Config) -> Result<Self, UnavailableCause> {
        let malformed = |what: String| UnavailableCause::Malformed(what);
        let document: Document = serde_json::from_slice(body)
            .map_err(|error| malformed(format!("it is not a discovery document: {error}")))?;
        let issuer = document.issuer().as_str();
        if issuer != config.issuer && !is_same_machine(issuer, &config.issuer) {
            return Err(UnavailableCause::WrongIssuer {
                expected: config.issuer.clone(),
                found: issuer.to_owned(),
            });
        }
        let token_endpoint = document
            .token_endpoint()
            .ok_or_else(|| malformed("it names no token endpoint".to_owned()))?
            .url();
        let further = document.additional_metadata();

        let bases = Bases::of(config);
        let metadata = Metadata {
            issuer: issuer.to_owned(),
            authorization_endpoint: bases.for_browsers(document.authorization_endpoint().url()),
            token_endpoint: bases.for_server(token_endpoint),
            jwks_uri: bases.for_server(document.jwks_uri().url()),
            userinfo_endpoint: document.userinfo_endpoint().map(|endpoint| bases.for_server(endpoint.url())),
            revocation_endpoint: further.revocation_endpoint.as_ref().map(|url| bases.for_server(url)),
            introspection_endpoint: further.introspection_endpoint.as_ref().map(|url| bases.for_server(url)),
            end_session_endpoint: further.end_session_endpoint.as_ref().map(|url| bases.for_browsers(url)),
            pushed_authorization_endpoint: further
                .pushed_authorization_request_endpoint
                .as_ref()
                .map(|url| bases.for_server(url)),
            answers_with_issuer: further.authorization_response_iss_parameter_supported,
            id_token_algorithms: document
                .id_token_signing_alg_values_supported()
                .iter()
                .filter_map(|algorithm| Algorithm::from_name(serde_json::to_value(algorithm).ok()?.as_str()?))
                .collect(),
        };
        if config.endpoint.scheme() == "https" {
            metadata.refuse_http(config)?;
        }
        Ok(metadata)
    }

    /// An endpoint for browsers, at the address at which this server reaches it.
    pub(super) fn reached_by_server(endpoint: &Url, config: &Config) -> Url {
        match &config.internal_endpoint {
            Some(internal) => moved(endpoint, &config.endpoint, internal),
            None => endpoint.clone(),
        }
    }

    /// An https tenant that sends tokens over http was tampered with, or is set up wrong.
    fn refuse_http(&self, config: &Config) -> Result<(), UnavailableCause> {
        let internal = config.internal_endpoint.as_ref().map(Url::origin);
        let endpoints = [
            Some(&self.authorization_endpoint),
            Some(&self.token_endpoint),
            Some(&self.jwks_uri),
            self.userinfo_endpoint.as_ref(),
            self.revocation_endpoint.as_ref(),
            self.introspection_endpoint.as_ref(),
            self.end_session_endpoint.as_ref(),
            self.pushed_authorization_endpoint.as_ref(),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            if endpoint.scheme() != "https" && Some(endpoint.origin()) != internal {
                return Err(UnavailableCause::Malformed(format!("its endpoint {endpoint} is not https")));
            }
        }
        Ok(())
    }
}

/// Whether two issuers are one tenant on this very machine, called `localhost` once and by its address
/// once. Logto's issuer is fixed by its own settings, whatever name it is asked under, and nobody else can
/// answer under either.
fn is_same_machine(found: &str, configured: &str) -> bool {
    let (Ok(found), Ok(configured)) = (Url::parse(found), Url::parse(configured)) else { return false };
    let is_local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let rest = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default(), url.path().to_owned());
    is_local(&found) && is_local(&configured) && rest(&found) == rest(&configured)
}

/// The two addresses of one tenant.
struct Bases<'c> {
    public: &'c Url,
    internal: Option<&'c Url>,
}

impl<'c> Bases<'c> {
    fn of(config: &'c Config) -> Self {
        Bases { public: &config.endpoint, internal: config.internal_endpoint.as_ref() }
    }

    fn for_browsers(&self, endpoint: &Url) -> Url {
        match self.internal {
            Some(internal) => moved(endpoint, internal, self.public),
            None => endpoint.clone(),
        }
    }

    fn for_server(&self, endpoint: &Url) -> Url {
        match self.internal {
            Some(internal) => moved(endpoint, self.public, internal),
            None => endpoint.clone(),
        }
    }
}

/// `endpoint` at `to`'s origin, if it lies at `from`'s.
fn moved(endpoint: &Url, from: &Url, to: &Url) -> Url {
    if endpoint.origin() != from.origin() {
        return endpoint.clone();
    }
    let path_and_query = &endpoint[url::Position::BeforePath..];
    to.join(path_and_query).unwrap_or_else(|_| endpoint.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a17_only_two_names_of_this_machine_are_one_issuer() {
        let configured = "http://127.0.0.1:3001/oidc";
        assert!(is_same_machine("http://localhost:3001/oidc", configured));
        for other in [
            "http://localhost:3002/oidc",
            "https://localhost:3001/oidc",
            "http://localhost:3001/oidc/",
            "http://localhost.evil.com:3001/oidc",
            "http://evil.com:3001/oidc",
            "localhost",
        ] {
            assert!(!is_same_machine(other, configured), "{other}");
        }
        assert!(!is_same_machine("https://a.example/oidc", "https://b.example/oidc"));
    }
}
