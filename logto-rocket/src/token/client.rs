//! An HTTP client for one API, with an access token on every call.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request, RequestBuilder, Response};
use url::Url;

use super::machine::MachineTokenSource;
use crate::error::{Error, InvalidToken};
#[cfg(feature = "testing")]
use crate::oidc::Transport;
use crate::telemetry::{ApiCallSpan, add_trace_context, resend};
use crate::types::Secret;

/// How long a connection and a whole call may take, in the client that is made here.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call of an [`AuthorizedClient`] has no answer.
///
/// It prints as one line: what happened, then what to do about it ([`help`](Self::help)).
///
/// ```
/// use logto_rocket::CallError;
///
/// let error = CallError::BaseUrl;
/// assert_eq!(error.code(), "base_url");
/// assert!(error.to_string().ends_with(error.help()));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There is no token to send.
    #[error(transparent)]
    Token(#[from] Error),
    /// The API cannot be called.
    #[error("{}; {}", .0, self.help())]
    Http(#[source] reqwest::Error),
    /// The base address is no absolute `https` URL, nor one of this machine's own.
    #[error("a token cannot be sent to this address; {}", self.help())]
    BaseUrl,
    /// The address is not under the base address: the token is not sent there.
    #[error("the address is not under {base}; {}", self.help())]
    Elsewhere {
        /// The base address.
        base: Url,
    },
    /// The application is configured with [`testing`](crate::testing), and no request leaves its process.
    #[cfg(feature = "testing")]
    #[error("the application runs with the settings of `testing::figment()`, so the request was not sent; {}", self.help())]
    UnderTest,
}

impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        CallError::Http(error)
    }
}

impl CallError {
    /// A stable identifier, for programs. Where there is no token, the code of that error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CallError::Token(error) => error.code(),
            CallError::Http(_) => "call_failed",
            CallError::BaseUrl => "base_url",
            CallError::Elsewhere { .. } => "elsewhere",
            #[cfg(feature = "testing")]
            CallError::UnderTest => "under_test",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            CallError::Token(error) => error.help(),
            CallError::Http(_) => {
                "check that the API runs and can be reached from this server, then try again"
            }
            CallError::BaseUrl => "write https://host/path, without a query",
            CallError::Elsewhere { .. } => {
                "give a path under the base address; the token is for that alone, and another API needs a client of its own"
            }
            #[cfg(feature = "testing")]
            CallError::UnderTest => {
                "test what the handler does without the API, or put the API behind a trait of yours and replace it in the test"
            }
        }
    }
}

/// Calls one API with an access token, which it requests and renews: a [`MachineToken`](crate::MachineToken) of this
/// server ([`new`](Self::new)), or a token of the signed-in user ([`for_user`](Self::for_user)).
///
/// The token goes to the base address and to nothing else: another origin or path is an error, redirects
/// are handed back and not followed. A call that the API refuses with 401 `invalid_token` (RFC 6750 §3.1) is
/// made once more with a fresh token, if its body can be sent twice.
///
/// Needs the feature `reqwest`; the version is the one of [`logto_rocket::reqwest`](crate::reqwest).
///
/// ```no_run
/// use logto_rocket::{AuthorizedClient, CallError, Logto};
///
/// async fn stock(logto: &Logto) -> Result<String, CallError> {
///     let source = logto.machine_tokens().resource("https://orders.your-app.com/api").scopes("read:orders");
///     let orders = AuthorizedClient::new(source, "https://orders.internal/api/")?;
///     let answer = orders.send(orders.get("stock?of=tea")?).await?;
///     Ok(answer.error_for_status()?.text().await?)
/// }
/// ```
#[derive(Clone)]
pub struct AuthorizedClient {
    http: Client,
    base: Url,
    tokens: Arc<dyn CallTokens>,
}

/// Where the tokens of an [`AuthorizedClient`] come from.
pub(crate) trait CallTokens: fmt::Debug + Send + Sync {
    /// What refuses requests in place of the network, in an application under test.
    #[cfg(feature = "testing")]
    fn transport(&self) -> Option<&dyn Transport>;

    /// A valid token; another one than `refused`, where an API has refused that.
    fn token<'a>(&'a self, refused: Option<&'a Secret>) -> TokenFuture<'a>;
}

pub(crate) type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Secret, Error>> + Send + 'a>>;

impl CallTokens for MachineTokenSource {
    #[cfg(feature = "testing")]
    fn transport(&self) -> Option<&dyn Transport> {
        MachineTokenSource::transport(self)
    }

    fn token<'a>(&'a self, refused: Option<&'a Secret>) -> TokenFuture<'a> {
        Box::pin(self.secret(refused))
    }
}

/// The HTTP client that all clients with users' tokens share. It keeps connections and nothing else: no cookies.
#[derive(Default)]
pub(crate) struct SharedHttpClient(OnceLock<Client>);

impl SharedHttpClient {
    pub(crate) fn get_or_build(&self) -> Result<Client, reqwest::Error> {
        match self.0.get() {
            Some(client) => Ok(client.clone()),
            None => http_client().map(|client| self.0.get_or_init(|| client).clone()),
        }
    }
}

/// A token is for one address, so no redirect is followed.
fn http_client() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT).timeout(TIMEOUT).build()
}

impl AuthorizedClient {
    /// A client for the API at `base`, which gets its tokens from `source`. A call may take 30 seconds. Make
    /// it once and keep it: it holds the connections.
    ///
    /// # Errors
    ///
    /// [`CallError::BaseUrl`], or [`CallError::Http`] if no TLS can be set up.
    pub fn new(source: MachineTokenSource, base: &str) -> Result<Self, CallError> {
        AuthorizedClient::with(http_client()?, Arc::new(source), base)
    }

    pub(crate) fn with(http: Client, tokens: Arc<dyn CallTokens>, base: &str) -> Result<Self, CallError> {
        let mut base = Url::parse(base).map_err(|_| CallError::BaseUrl)?;
        let safe = base.scheme() == "https" || base.scheme() == "http" && is_loopback(&base);
        let plain = base.username().is_empty() && base.password().is_none();
        if !safe || !plain || base.query().is_some() || base.fragment().is_some() {
            return Err(CallError::BaseUrl);
        }
        // So that `join` adds to the path, and /api is not taken for the beginning of /apiary.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(AuthorizedClient { http, base, tokens })
    }

    /// A request to a path under the base address, to be built further and handed to [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// [`CallError::Elsewhere`] for what is not under it.
    pub fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CallError> {
        let url = self.base.join(path.trim_start_matches('/')).map_err(|_| self.elsewhere())?;
        self.check(&url)?;
        Ok(self.http.request(method, url))
    }

    /// A `GET`. See [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn get(&self, path: &str) -> Result<RequestBuilder, CallError> {
        self.request(Method::GET, path)
    }

    /// A `POST`. See [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn post(&self, path: &str) -> Result<RequestBuilder, CallError> {
        self.request(Method::POST, path)
    }

    /// Sends a request with the token. Its answer may have any status.
    ///
    /// # Errors
    ///
    /// [`CallError::Elsewhere`] if its address is not under the base address, [`CallError::Token`] if there is
    /// no token, [`CallError::Http`] if there is no answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, CallError> {
        let request = request.build()?;
        self.check(request.url())?;
        let again = request.try_clone();
        let token = self.tokens.token(None).await?;
        let response = self.send_with(request, &token).await?;
        let Some(again) = again.filter(|_| is_refusal_of_token(&response)) else { return Ok(response) };
        let another = self.tokens.token(Some(&token)).await?;
        resend(1, self.send_with(again, &another)).await
    }

    async fn send_with(&self, mut request: Request, token: &Secret) -> Result<Response, CallError> {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|_| Error::from(InvalidToken::Malformed))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        #[cfg(feature = "testing")]
        if let Some(transport) = self.tokens.transport() {
            transport.refuse(&request);
            return Err(CallError::UnderTest);
        }
        let span = ApiCallSpan::begin(&request);
        let call = async {
            add_trace_context(request.headers_mut());
            // Not the client that the builder came from, which may follow redirects.
            self.http.execute(request).await
        };
        Ok(span.run(call).await?)
    }

    fn check(&self, url: &Url) -> Result<(), CallError> {
        let under = url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        if under && !leads_out(url.path()) { Ok(()) } else { Err(self.elsewhere()) }
    }

    fn elsewhere(&self) -> CallError {
        CallError::Elsewhere { base: self.base.clone() }
    }
}

/// Whether a server could take the path for one that leads up: what is one segment on this side may be two on the other,
/// for a server that decodes twice as well, or that cuts path parameters off (`..;x`).
fn leads_out(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..4 {
        let mut segments = path.split(['/', '\\']).map(|segment| segment.split(';').next());
        if segments.any(|segment| segment == Some("..")) {
            return true;
        }
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    true
}

impl fmt::Debug for AuthorizedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizedClient")
            .field("base", &self.base.as_str())
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether another token would help.
fn is_refusal_of_token(response: &Response) -> bool {
    response.status() == 401
        && response
            .headers()
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .any(|challenge| challenge.to_str().is_ok_and(|challenge| challenge.contains("invalid_token")))
}
