//! Requests that find out whether the tenant is set up for this application. They sign nobody in and change no
//! configuration: they carry no cookie, and codes and tokens that never existed.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::LOCATION;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::client::with_credentials;
use super::http::Answer;
use super::jws::json_object;
use super::metadata::Metadata;
use super::provider::Provider;
use super::token_endpoint::printable;
use crate::config::AppCredentials;
use crate::error::{Unavailable, UnavailableCause};
use crate::types::{ResourceIndicator, Scopes, Secret};

/// A code and a token that Logto has never issued: its own have 43 characters.
const NEVER_ISSUED: &str = "doctor";
/// The challenge of the verifier in RFC 7636, appendix B. Nothing is redeemed with it.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Asks the tenant.
pub(crate) struct Probe {
    provider: Arc<Provider>,
    metadata: Arc<Metadata>,
}

/// What the tenant answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It has no objection.
    Accepted,
    /// It refuses: an error of OAuth, where it is told in the response itself or to the redirect URI.
    Refused(OAuthRefusal),
    /// Neither of both: with this status.
    Unexpected(u16),
}

/// An error of OAuth (RFC 6749 §4.1.2.1 and §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthRefusal {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) description: Option<String>,
    /// The scope that is not allowed.
    pub(crate) scope: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: String,
    error_description: Option<String>,
    scope: Option<String>,
}

/// What a granted token request has (RFC 6749 §5.1). The token is dropped unread.
#[derive(Deserialize)]
struct TokenBody {
    #[serde(rename = "access_token")]
    _access_token: Secret,
}

/// What every introspection response has (RFC 7662 §2.2).
#[derive(Deserialize)]
struct IntrospectionBody {
    #[serde(rename = "active")]
    _active: bool,
}

#[derive(Deserialize)]
struct AccountCenter {
    enabled: bool,
    /// `Edit`, `ReadOnly` or `Off` for each part of an account.
    fields: Option<BTreeMap<String, String>>,
}

/// The Account API of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountApi {
    Off,
    /// On, and each part of an account is hidden.
    WithoutFields,
    On,
}

impl Probe {
    /// Fetches the discovery document.
    pub(crate) async fn begin(provider: &Arc<Provider>) -> Result<Self, Unavailable> {
        Ok(Probe { metadata: provider.metadata().await?, provider: Arc::clone(provider) })
    }

    /// The number of keys that tokens can be verified with.
    pub(crate) async fn keys(&self) -> Result<usize, Unavailable> {
        self.provider.count_keys().await
    }

    /// How many seconds Logto's clock is ahead of this server's. `None` where no response had a date.
    pub(crate) fn clock_ahead(&self) -> Option<i64> {
        self.provider.http.measured_ahead()
    }

    /// The issuer in the discovery document.
    pub(crate) fn issuer(&self) -> &str {
        &self.metadata.issuer
    }

    pub(crate) fn takes_pushed_requests(&self) -> bool {
        self.metadata.pushed_authorization_endpoint.is_some()
    }

    /// Tries to redeem a code. `invalid_grant` means that the credentials were accepted.
    pub(crate) async fn redeem(
        &self,
        app: &AppCredentials,
        redirect_uri: &str,
    ) -> Result<Reply, UnavailableCause> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", NEVER_ISSUED),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.token(app, &form).await
    }

    /// Requests a machine token for a resource, or for none: then `invalid_target` means that the credentials were
    /// accepted.
    pub(crate) async fn client_credentials(
        &self,
        app: &AppCredentials,
        resource: Option<&ResourceIndicator>,
    ) -> Result<Reply, UnavailableCause> {
        let resource = resource.map(|resource| ("resource", resource.as_str()));
        let form: Vec<_> = std::iter::once(("grant_type", "client_credentials")).chain(resource).collect();
        self.token(app, &form).await
    }

    async fn token(&self, app: &AppCredentials, form: &[(&str, &str)]) -> Result<Reply, UnavailableCause> {
        let http = &self.provider.http;
        let request = http.client().post(self.metadata.token_endpoint.clone());
        let answer = http.probe(with_credentials(request, app).form(form)).await?;
        Ok(granted::<TokenBody>(&answer))
    }

    /// Asks about a token (RFC 7662). `None` where the tenant has no such endpoint.
    pub(crate) async fn introspect(&self, app: &AppCredentials) -> Result<Option<Reply>, UnavailableCause> {
        let Some(endpoint) = &self.metadata.introspection_endpoint else { return Ok(None) };
        let http = &self.provider.http;
        let request = with_credentials(http.client().post(endpoint.clone()), app);
        let answer = http.probe(request.form(&[("token", NEVER_ISSUED)])).await?;
        Ok(Some(granted::<IntrospectionBody>(&answer)))
    }

    /// Sends an authorization request with `prompt=none` and without a session: that the user is not signed in is the
    /// only objection of a tenant that is set up.
    pub(crate) async fn authorize(
        &self,
        client_id: &str,
        redirect_uri: &str,
        scopes: &Scopes,
        resources: &[ResourceIndicator],
    ) -> Result<Reply, UnavailableCause> {
        let endpoint = &self.metadata.authorization_endpoint;
        let mut url = Metadata::reached_by_server(endpoint, &self.provider.config);
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes.iter().collect::<Vec<_>>().join(" "))
            .append_pair("prompt", "none")
            .append_pair("state", NEVER_ISSUED)
            .append_pair("nonce", NEVER_ISSUED)
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(resources.iter().map(|resource| ("resource", resource.as_str())));
        let answer = self.provider.http.probe(self.provider.http.client().get(url)).await?;
        Ok(redirected(&answer, redirect_uri).unwrap_or_else(|| refused(&answer)))
    }

    /// Begins a sign-out without a session, and does not confirm it. `None` where the tenant has no such endpoint.
    pub(crate) async fn end_session(
        &self,
        client_id: &str,
        post_logout_redirect_uri: &str,
    ) -> Result<Option<Reply>, UnavailableCause> {
        let Some(endpoint) = &self.metadata.end_session_endpoint else { return Ok(None) };
        let mut url = Metadata::reached_by_server(endpoint, &self.provider.config);
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("post_logout_redirect_uri", post_logout_redirect_uri);
        let answer = self.provider.http.probe(self.provider.http.client().get(url)).await?;
        Ok(Some(redirected(&answer, post_logout_redirect_uri).unwrap_or_else(|| page(&answer))))
    }

    /// Whether the Account API is of use. `None` where the tenant does not tell, as older ones do not.
    pub(crate) async fn account_api(&self) -> Result<Option<AccountApi>, UnavailableCause> {
        let config = &self.provider.config;
        let base = config.internal_endpoint.as_ref().unwrap_or(&config.endpoint);
        let url = format!("{}/api/.well-known/account-center", base.as_str().trim_end_matches('/'));
        let answer = self.provider.http.probe(self.provider.http.client().get(url)).await?;
        let center = json_object::<AccountCenter>(&answer.body).ok().filter(|_| answer.status == 200);
        Ok(center.map(|center| match center {
            AccountCenter { enabled: false, .. } => AccountApi::Off,
            AccountCenter { fields: Some(fields), .. }
                if !fields.values().any(|control| control == "Edit" || control == "ReadOnly") =>
            {
                AccountApi::WithoutFields
            }
            AccountCenter { .. } => AccountApi::On,
        }))
    }
}

/// A response with JSON that only this endpoint sends. Any other 2xx comes from something in front of Logto, such as the
/// page of a login proxy.
fn granted<T: DeserializeOwned>(answer: &Answer) -> Reply {
    if answer.status == 200 && json_object::<T>(&answer.body).is_ok() {
        return Reply::Accepted;
    }
    refused(answer)
}

/// A page for the browser: the end session endpoint has one, and its content is not specified.
fn page(answer: &Answer) -> Reply {
    if (200..300).contains(&answer.status) {
        return Reply::Accepted;
    }
    refused(answer)
}

/// A response that can only be a refusal.
fn refused(answer: &Answer) -> Reply {
    match json_object::<ErrorBody>(&answer.body) {
        Ok(body) if answer.status >= 400 => Reply::Refused(OAuthRefusal {
            status: answer.status,
            error: printable(&body.error),
            description: body.error_description.as_deref().map(printable),
            scope: body.scope.as_deref().map(printable),
        }),
        _ => Reply::Unexpected(answer.status),
    }
}

/// What a response says that leads to this URI of the application. `None` for one that leads elsewhere or nowhere.
fn redirected(answer: &Answer, redirect_uri: &str) -> Option<Reply> {
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let query = location
        .strip_prefix(redirect_uri)
        .filter(|rest| rest.is_empty() || rest.starts_with(['?', '#', '&']))?;
    let url = Url::parse(&format!("{redirect_uri}{query}")).ok()?;
    let parameter =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| printable(&value));
    let Some(error) = parameter("error") else { return Some(Reply::Accepted) };
    // Nobody is signed in, which is what a request without a session must be told.
    if matches!(error.as_str(), "login_required" | "interaction_required" | "consent_required") {
        return Some(Reply::Accepted);
    }
    Some(Reply::Refused(OAuthRefusal {
        status: answer.status,
        error,
        description: parameter("error_description"),
        scope: parameter("scope"),
    }))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    const CALLBACK: &str = "http://localhost:8000/logto/callback";

    fn led_to(location: &'static str) -> Reply {
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static(location))]);
        let answer = Answer { status: 303, headers, body: Vec::new() };
        redirected(&answer, CALLBACK).unwrap_or_else(|| refused(&answer))
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    fn error_of(reply: &Reply) -> &str {
        match reply {
            Reply::Refused(refusal) => &refusal.error,
            other => panic!("{other:?}"),
        }
    }

    /// The responses are those of recordings.
    #[test]
    fn an_authorization_response_is_read_at_the_redirect_uri() {
        assert_eq!(
            led_to(
                "http://localhost:8000/logto/callback?error=login_required&error_description=End-User+authentication+is+required&state=x&iss=y"
            ),
            Reply::Accepted
        );
        let unknown = led_to(
            "http://localhost:8000/logto/callback?error=invalid_target&error_description=resource+indicator+is+missing%2C+or+unknown&state=x",
        );
        assert_eq!(error_of(&unknown), "invalid_target");
        let scope = led_to(
            "http://localhost:8000/logto/callback?error=invalid_scope&error_description=requested+scope+is+not+allowed&scope=phone&state=x",
        );
        assert!(
            matches!(&scope, Reply::Refused(OAuthRefusal { scope: Some(scope), .. }) if scope == "phone")
        );
        for elsewhere in
            ["/sign-in?app_id=7ojjf7r93kr7ye8hlzyac", "https://elsewhere.example/?error=invalid_target"]
        {
            assert_eq!(led_to(elsewhere), Reply::Unexpected(303));
        }
    }

    #[test]
    fn a_direct_response_is_an_error_of_oauth_or_none() {
        let response = answer(
            400,
            r#"{"code":"oidc.invalid_redirect_uri","message":"..","error":"invalid_redirect_uri","error_description":"redirect_uri did not match"}"#,
        );
        for reply in [refused(&response), granted::<TokenBody>(&response), page(&response)] {
            assert_eq!(error_of(&reply), "invalid_redirect_uri");
        }
        assert_eq!(refused(&answer(404, "Not found")), Reply::Unexpected(404));
        assert_eq!(refused(&answer(502, "{}")), Reply::Unexpected(502));
    }

    /// A proxy that wants everybody to sign in responds with a page of its own, and with the status 200.
    #[test]
    fn a_page_is_accepted_only_where_one_belongs() {
        for body in ["<html>", "{}", r#"{"active":"yes"}"#, r#"{"access_token":1}"#, r#"{"error":"none"}"#] {
            let response = answer(200, body);
            assert_eq!(refused(&response), Reply::Unexpected(200), "{body}");
            assert_eq!(granted::<TokenBody>(&response), Reply::Unexpected(200), "{body}");
            assert_eq!(granted::<IntrospectionBody>(&response), Reply::Unexpected(200), "{body}");
        }
        assert_eq!(page(&answer(200, "<html>")), Reply::Accepted);
        assert_eq!(granted::<TokenBody>(&answer(200, r#"{"access_token":"x"}"#)), Reply::Accepted);
        assert_eq!(granted::<IntrospectionBody>(&answer(200, r#"{"active":false}"#)), Reply::Accepted);
    }
}
