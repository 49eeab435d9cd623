//! One HTTP client for all calls to Logto, with every limit in one place.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use openidconnect::HttpRequest;
use reqwest::header::{AGE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, RequestBuilder, Response};

use super::circuit::{CallRecord, Circuit, CircuitState};
use crate::clock::Clock;
use crate::config::HttpLimits;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::syntax::whole_number;
use crate::telemetry::{self, CallOutcome, CallSpan, add_trace_context};

/// Logto closes idle connections after 5 s; a POST on a dying connection cannot be repeated safely.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// A difference of clocks that nothing has told yet.
const UNKNOWN: i64 = i64::MIN;

/// No honest answer of these endpoints is near this size.
const MAX_BODY: usize = 512 * 1024;

/// The endpoints of which a record is kept, and whether their circuits may hold calls back: a revocation that
/// is not sent is lost. The documents have a pace of their own.
const ENDPOINTS: [(Endpoint, bool); 6] = [
    (Endpoint::Token, true),
    (Endpoint::UserInfo, true),
    (Endpoint::Revocation, false),
    (Endpoint::Introspection, true),
    (Endpoint::PushedAuthorization, true),
    (Endpoint::AccountApi, true),
];

#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    circuits: [(Endpoint, Circuit); ENDPOINTS.len()],
    /// How many seconds Logto's clock is ahead of this server's, as far as its last answer told; [`UNKNOWN`] before
    /// that.
    ahead: AtomicI64,
    #[cfg(any(test, feature = "testing"))]
    transport: Option<Arc<dyn super::transport::Transport>>,
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(limits: HttpLimits, clock: &Clock) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("logto-rocket/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .pool_idle_timeout(POOL_IDLE)
            .build()?;
        Ok(Http::over(client, clock))
    }

    fn over(client: Client, clock: &Clock) -> Self {
        let circuits = ENDPOINTS.map(|(endpoint, breaks)| (endpoint, Circuit::new(clock.clone(), breaks)));
        let shared = Shared {
            clock: clock.clone(),
            circuits,
            ahead: AtomicI64::new(UNKNOWN),
            #[cfg(any(test, feature = "testing"))]
            transport: None,
        };
        Http { client, shared: Arc::new(shared) }
    }

    /// Without a network: `transport` answers.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn with_transport(transport: Arc<dyn super::transport::Transport>, clock: &Clock) -> Self {
        // A client builds requests, and sends none; to make one takes a while.
        static BUILDER: std::sync::LazyLock<Client> = std::sync::LazyLock::new(Client::new);
        let mut http = Http::over(BUILDER.clone(), clock);
        if let Some(shared) = Arc::get_mut(&mut http.shared) {
            shared.transport = Some(transport);
        }
        http
    }

    /// What answers in place of the network.
    #[cfg(all(feature = "testing", feature = "reqwest"))]
    pub(super) fn transport(&self) -> Option<&Arc<dyn super::transport::Transport>> {
        self.shared.transport.as_ref()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What became of the last calls to each endpoint.
    pub(super) fn records(&self) -> impl Iterator<Item = (Endpoint, CircuitState, CallRecord)> {
        self.shared.circuits.iter().map(|(endpoint, circuit)| (*endpoint, circuit.state(), circuit.record()))
    }

    /// How many seconds Logto's clock is ahead of this server's; 0 where no answer has told.
    pub(super) fn ahead(&self) -> i64 {
        self.measured_ahead().unwrap_or(0)
    }

    /// The same; `None` where no answer has told.
    pub(super) fn measured_ahead(&self) -> Option<i64> {
        Some(self.shared.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
    }

    /// Sends `request` past the circuits, and returns the answer whatever its status. For checks of the settings, whose
    /// refusals must not count as outages.
    pub(super) async fn probe(&self, request: RequestBuilder) -> Result<Answer, UnavailableCause> {
        // No request of a test leaves the process, and the tenant of the tests has no settings to check.
        #[cfg(any(test, feature = "testing"))]
        if self.shared.transport.is_some() {
            return Err(UnavailableCause::Connect(
                "the settings of a test have no tenant to check".to_owned(),
            ));
        }
        let response = request.send().await.map_err(|error| cause_of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.compare_clocks(&headers);
        Ok(Answer { status, headers, body: read_body(response).await? })
    }

    /// Sends `request` and reads the whole answer. 5xx, 429 and redirects are no answers.
    pub(super) async fn send(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
    ) -> Result<Answer, Unavailable> {
        let circuit = self.shared.circuits.iter().find(|(of, _)| *of == endpoint).map(|(_, circuit)| circuit);
        let call = circuit.map(Circuit::enter).transpose().map_err(|pause| Unavailable {
            endpoint,
            cause: UnavailableCause::CircuitOpen,
            retry_after: Some(pause),
        })?;
        let answer = self.exchange_traced(endpoint, request).await;
        let outcome = match &answer {
            Ok(answer) if answer.status < 400 => CallOutcome::Answered,
            Ok(_) => CallOutcome::Refused,
            Err(_) => CallOutcome::Unavailable,
        };
        telemetry::called(endpoint, outcome);
        match (&answer, call) {
            (Ok(_), Some(call)) => call.succeeded(),
            (Err(unavailable), Some(call)) => call.failed(unavailable),
            (_, None) => {}
        }
        answer
    }

    async fn exchange_traced(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
    ) -> Result<Answer, Unavailable> {
        #[cfg(any(test, feature = "testing"))]
        if let Some(transport) = &self.shared.transport {
            let request = request.build().map_err(|error| Unavailable::new(endpoint, cause_of(&error)))?;
            let (status, body) = transport.answer(endpoint, &request).await?;
            return Ok(Answer { status, headers: HeaderMap::new(), body });
        }
        let (client, request) = request.build_split();
        let request = request.map_err(|error| Unavailable::new(endpoint, cause_of(&error)))?;
        let span = CallSpan::begin(endpoint, &request);
        span.run(self.exchange(endpoint, &client, request), |answer| answer.status).await
    }

    async fn exchange(
        &self,
        endpoint: Endpoint,
        client: &Client,
        mut request: Request,
    ) -> Result<Answer, Unavailable> {
        let fail = |cause| Unavailable::new(endpoint, cause);
        add_trace_context(request.headers_mut());
        let response = client.execute(request).await.map_err(|error| fail(cause_of(&error)))?;
        let status = response.status();
        let headers = response.headers().clone();
        self.compare_clocks(&headers);
        let is_no_answer =
            status.is_server_error() || status.is_redirection() && status != 304 || status == 429;
        // Of one user's calls: a code that cannot be sent (501), too many codes (429), or what a connector or a value has
        // made fail (500). The body says which, and others are not to be held back for it.
        let is_about_one_user =
            endpoint == Endpoint::AccountApi && matches!(status.as_u16(), 429 | 500 | 501);
        if is_no_answer && !is_about_one_user {
            return Err(Unavailable {
                endpoint,
                cause: UnavailableCause::Status(status.as_u16()),
                retry_after: retry_after(&headers),
            });
        }
        let body = read_body(response).await.map_err(fail)?;
        Ok(Answer { status: status.as_u16(), headers, body })
    }

    /// An answer tells what time it is at Logto, unless it comes out of a cache.
    fn compare_clocks(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let Some(since_epoch) = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok()) else { return };
        let theirs = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
        let ahead = theirs.saturating_sub(self.shared.clock.now().0).max(UNKNOWN + 1);
        self.shared.ahead.store(ahead, Ordering::Relaxed);
    }

    /// Sends a request that openidconnect has built.
    pub(super) async fn call(&self, endpoint: Endpoint, request: HttpRequest) -> Result<Answer, Unavailable> {
        let (parts, body) = request.into_parts();
        let request =
            self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        self.send(endpoint, request).await
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, UnavailableCause> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause_of(&error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(UnavailableCause::TooLarge(MAX_BODY));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The transport's own words, down to the root, without the URL: its query may hold what must not be
/// logged.
fn cause_of(error: &reqwest::Error) -> UnavailableCause {
    if error.is_timeout() {
        return UnavailableCause::Timeout;
    }
    let mut source = std::error::Error::source(error);
    let mut text = "the request failed".to_owned();
    while let Some(deeper) = source {
        text = deeper.to_string();
        source = deeper.source();
    }
    if error.is_connect() { UnavailableCause::Connect(text) } else { UnavailableCause::Interrupted(text) }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3); the date form is not worth a parser here.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    whole_number(seconds.trim_matches([' ', '\t'])).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;

    use super::*;

    /// A server on this machine with a certificate of its own making, good for `name` until `year`.
    async fn served(name: &str, year: i32) -> String {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate").der().clone();
        let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], secret)
            .expect("a configuration");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        format!("https://localhost:{port}/oidc/jwks")
    }

    #[tokio::test]
    async fn j32_a_certificate_that_cannot_be_trusted_is_named_as_the_cause() {
        let limits = HttpLimits { connect: Duration::from_secs(5), total: Duration::from_secs(5) };
        let http = Http::new(limits, &Clock::system()).expect("a client");
        for (name, year, cause) in [
            ("localhost", 2090, "UnknownIssuer"),
            ("localhost", 2001, "expired"),
            ("other.example", 2090, ""),
        ] {
            let url = served(name, year).await;
            let failed = http.send(Endpoint::Jwks, http.client().get(url)).await.expect_err("not trusted");
            match &failed.cause {
                UnavailableCause::Connect(text) => {
                    assert!(text.contains("certificate") && text.contains(cause), "{name} {year}: {text}");
                }
                other => panic!("{name} {year}: {other:?}"),
            }
        }
    }
}
