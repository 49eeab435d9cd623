//! The tenant as this application sees it: its metadata and keys, cached, and a channel to it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ETAG, IF_NONE_MATCH};
use url::Url;

use super::cached::{Cached, Condition, FRESH, Fetched, Lookup};
use super::circuit::{CircuitState, Record};
use super::gate::Gate;
use super::http::{Answer, Http};
use super::jws::Jws;
use super::keys::{Edition, Key, KeyId, KeySet, Selection};
use super::metadata::Metadata;
use super::signing::IdTokenSigning;
use super::token_bucket::TokenBucket;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::telemetry;

/// One tenant, shared by all requests.
pub(crate) struct Provider {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) http: Http,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    unknown_keys: TokenBucket,
    outdated_metadata: TokenBucket,
    gate: Gate,
    pub(super) signing: IdTokenSigning,
}

impl Provider {
    /// Fails when no TLS client can be set up.
    pub(crate) fn new(config: Arc<Config>, clock: Clock) -> Result<Self, String> {
        let http = Http::new(config.http, &clock)
            .map_err(|error| format!("cannot set up the HTTP client: {error}"))?;
        Ok(Provider::over(http, config, clock))
    }

    /// Without a network: `stage` answers.
    #[cfg(test)]
    pub(crate) fn on_stage(config: Arc<Config>, clock: Clock, stage: Arc<dyn super::stage::Stage>) -> Self {
        Provider::over(Http::on_stage(stage, &clock), config, clock)
    }

    fn over(http: Http, config: Arc<Config>, clock: Clock) -> Self {
        Provider {
            http,
            metadata: Cached::new(clock.clone()),
            keys: Cached::new(clock.clone()),
            unknown_keys: TokenBucket::new(clock.clone()),
            outdated_metadata: TokenBucket::new(clock.clone()),
            gate: Gate::new(),
            signing: IdTokenSigning::new(clock.clone()),
            config,
            clock,
        }
    }

    /// The issuer identifier as configured.
    pub(crate) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    pub(crate) fn app_id(&self) -> &str {
        &self.config.app_id
    }

    pub(crate) async fn metadata(self: &Arc<Self>) -> Result<Arc<Metadata>, Unavailable> {
        match self.metadata.look_up() {
            Lookup::Fresh(fetched) => Ok(fetched.value),
            Lookup::Failed(unavailable) => Err(unavailable),
            Lookup::Missing => Ok(detached(self, Provider::fetch_metadata).await?.value),
            Lookup::Stale(fetched) => {
                if self.metadata.nobody_fetches() {
                    spawn_quietly(self, Provider::fetch_metadata);
                }
                Ok(fetched.value)
            }
        }
    }

    /// The metadata as it is now, however fresh those at hand are. Rationed as unknown keys are: then it is those.
    pub(super) async fn newest_metadata(self: &Arc<Self>) -> Result<Arc<Metadata>, Unavailable> {
        let generation = self.metadata.current().map_or(0, |fetched| fetched.generation);
        let fetched = detached(self, move |provider| async move {
            let _flight = provider.metadata.flight.lock().await;
            if let Some(newer) = provider.metadata.current().filter(|newer| newer.generation > generation) {
                return Ok(newer);
            }
            if let Some(unavailable) = provider.metadata.failed_a_moment_ago() {
                return Err(unavailable);
            }
            match provider.metadata.current() {
                Some(current) if !provider.outdated_metadata.take() => Ok(current),
                _ => provider.fetch_metadata_now().await,
            }
        });
        Ok(fetched.await?.value)
    }

    /// The metadata at hand, however old, without any call.
    pub(crate) fn metadata_at_hand(&self) -> Option<Arc<Metadata>> {
        self.metadata.current().map(|fetched| fetched.value)
    }

    /// Fetches metadata and keys, so that the first request need not, and goes on fetching them when they are
    /// no longer fresh: a key that Logto withdraws while nobody asks for anything is gone here as well.
    pub(crate) async fn warm_up(self: &Arc<Self>) -> Result<(), Unavailable> {
        self.keep_fresh(FRESH);
        self.metadata().await?;
        self.key_set().await?;
        Ok(())
    }

    /// Looks after metadata and keys for as long as this provider is in use.
    fn keep_fresh(self: &Arc<Self>, every: Duration) {
        let provider = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(provider) = provider.upgrade() else { return };
                // What fails here is told by the fetch itself, and tried again.
                let _ = provider.metadata().await;
                let _ = provider.key_set().await;
            }
        });
    }

    /// Checks a token's signature with the issuer's key. An unknown key id makes one bounded attempt to
    /// learn new keys, so that a rotation lands at once and a flood of invented ids does not.
    pub(crate) async fn verify(self: &Arc<Self>, jws: &Jws<'_>) -> Result<(), Error> {
        match self.judge(jws).await? {
            Verdict::Genuine(_) => Ok(()),
            Verdict::Forged(_) => Err(InvalidToken::Signature.into()),
        }
    }

    /// The same, for whoever remembers what came of it: by which key.
    pub(crate) async fn judge(self: &Arc<Self>, jws: &Jws<'_>) -> Result<Verdict, Error> {
        let known = self.key_set().await?;
        match known.value.select(jws) {
            Selection::Found(key) => return self.judge_by(key, jws).await,
            Selection::WrongAlgorithm => return Err(InvalidToken::Algorithm.into()),
            Selection::Unknown => {}
        }
        let generation = known.generation;
        let newer =
            detached(self, move |provider| provider.fetch_keys(generation, Reason::UnknownKey)).await?;
        match newer.value.select(jws) {
            Selection::Found(key) => self.judge_by(key, jws).await,
            _ => Err(InvalidToken::UnknownKey.into()),
        }
    }

    async fn judge_by(&self, key: &Key, jws: &Jws<'_>) -> Result<Verdict, Error> {
        let _turn = self.gate.pass().await.map_err(|_| Unavailable {
            endpoint: Endpoint::Jwks,
            cause: UnavailableCause::Overloaded,
            retry_after: Some(Duration::from_secs(1)),
        })?;
        Ok(match key.verify(jws) {
            Ok(()) => Verdict::Genuine(key.id()),
            Err(_) => Verdict::Forged(key.id()),
        })
    }

    /// Whether the issuer still publishes this very key.
    pub(crate) async fn still_trusts(self: &Arc<Self>, key: &KeyId) -> Result<bool, Unavailable> {
        Ok(self.key_set().await?.value.contains(key))
    }

    /// A reason in words; where it is about time, with what is known about the clocks.
    pub(crate) fn explain(&self, reason: InvalidToken) -> String {
        let ahead = self.http.ahead();
        let by_time =
            matches!(reason, InvalidToken::Expired | InvalidToken::NotYetValid | InvalidToken::TooOld);
        if !by_time || ahead.unsigned_abs() <= CLOCKS_AGREE {
            return reason.what().to_owned();
        }
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        format!("{}; this server's clock is {} seconds {side} Logto's", reason.what(), ahead.unsigned_abs())
    }

    /// Tells the log where a token was refused that Logto has just issued, and the clocks are why.
    pub(crate) fn note_clocks(&self, reason: InvalidToken) {
        let explained = self.explain(reason);
        if explained != reason.what() {
            tracing::warn!(target: "logto", "a token from Logto was refused: {explained}; synchronize this server's clock");
        }
    }

    /// How the tenant's documents and endpoints are, without any call.
    pub(crate) fn signs_of_life(&self) -> SignsOfLife {
        SignsOfLife {
            metadata: self.metadata.condition(),
            keys: self.keys.condition(),
            endpoints: self.http.records().collect(),
            clock_ahead: self.http.ahead(),
        }
    }

    /// Which keys are known here.
    pub(super) async fn edition(self: &Arc<Self>) -> Result<Edition, Unavailable> {
        Ok(self.key_set().await?.value.edition())
    }

    /// Which keys are published now. Rationed as unknown keys are: then it is those that are known.
    pub(super) async fn newest_edition(self: &Arc<Self>) -> Result<Edition, Unavailable> {
        let generation = self.key_set().await?.generation;
        let newest = detached(self, move |provider| provider.fetch_keys(generation, Reason::UnknownKey));
        Ok(newest.await?.value.edition())
    }

    async fn key_set(self: &Arc<Self>) -> Result<Fetched<KeySet>, Unavailable> {
        let generation = self.keys.current().map_or(0, |fetched| fetched.generation);
        match self.keys.look_up() {
            Lookup::Fresh(fetched) => Ok(fetched),
            Lookup::Failed(unavailable) => Err(unavailable),
            Lookup::Missing => {
                detached(self, move |provider| provider.fetch_keys(generation, Reason::Age)).await
            }
            Lookup::Stale(fetched) => {
                if self.keys.nobody_fetches() {
                    spawn_quietly(self, move |provider| provider.fetch_keys(generation, Reason::Age));
                }
                Ok(fetched)
            }
        }
    }

    async fn fetch_metadata(self: Arc<Self>) -> Result<Fetched<Metadata>, Unavailable> {
        let _flight = self.metadata.flight.lock().await;
        match self.metadata.look_up() {
            Lookup::Fresh(fetched) => return Ok(fetched),
            Lookup::Failed(unavailable) => return Err(unavailable),
            Lookup::Stale(_) | Lookup::Missing => {}
        }
        self.fetch_metadata_now().await
    }

    /// By the one who holds the flight.
    async fn fetch_metadata_now(&self) -> Result<Fetched<Metadata>, Unavailable> {
        let base = self.config.internal_endpoint.as_ref().unwrap_or(&self.config.endpoint);
        let url = format!("{}/oidc/.well-known/openid-configuration", base.as_str().trim_end_matches('/'));
        match self.fetch_metadata_from(&url).await {
            Ok(metadata) => Ok(self.metadata.store(metadata)),
            Err(unavailable) => {
                self.metadata.note_failure(&unavailable);
                Err(unavailable)
            }
        }
    }

    async fn fetch_metadata_from(&self, url: &str) -> Result<Arc<Metadata>, Unavailable> {
        let held = self.metadata.current();
        let answer = self.get(Endpoint::Discovery, url, self.metadata.etag(url)).await?;
        if let (304, Some(held)) = (answer.status, held) {
            return Ok(held.value);
        }
        let metadata = Metadata::read(&answer.body, &self.config)
            .map_err(|cause| Unavailable::new(Endpoint::Discovery, cause))?;
        self.metadata.set_etag(url, etag_of(&answer));
        let (found, asked) = (metadata.token_endpoint.origin(), Url::parse(url).map(|url| url.origin()));
        if asked.is_ok_and(|asked| asked != found) {
            // Logto builds its endpoints from the name that it was asked under.
            let found = found.ascii_serialization();
            tracing::info!(target: "logto", "the discovery document names endpoints at {found}, which is not the origin that it was fetched from");
        }
        Ok(Arc::new(metadata))
    }

    /// Fetches the key set, unless somebody has fetched one newer than `generation` meanwhile, or has
    /// failed to a moment ago. Whoever waits here for another's fetch shares what comes of it.
    async fn fetch_keys(
        self: Arc<Self>,
        generation: u64,
        reason: Reason,
    ) -> Result<Fetched<KeySet>, Unavailable> {
        let metadata = self.metadata().await?;
        let _flight = self.keys.flight.lock().await;
        let current = self.keys.current();
        if let Some(newer) = current.clone().filter(|current| current.generation > generation) {
            return Ok(newer);
        }
        if let Some(unavailable) = self.keys.failed_a_moment_ago() {
            return Err(unavailable);
        }
        if let (Reason::UnknownKey, Some(current)) = (reason, current)
            && !self.unknown_keys.take()
        {
            return Ok(current);
        }
        let fetched = self.fetch_keys_from(metadata.jwks_uri.as_str()).await;
        telemetry::keys_fetched(reason == Reason::UnknownKey, fetched.is_ok());
        match fetched {
            Ok(keys) => Ok(self.keys.store(keys)),
            Err(unavailable) => {
                self.keys.note_failure(&unavailable);
                // A fetch that failed taught nothing, so it must not use up the allowance.
                if reason == Reason::UnknownKey {
                    self.unknown_keys.give_back();
                }
                Err(unavailable)
            }
        }
    }

    async fn fetch_keys_from(&self, url: &str) -> Result<Arc<KeySet>, Unavailable> {
        let held = self.keys.current();
        let answer = self.get(Endpoint::Jwks, url, self.keys.etag(url)).await?;
        if let (304, Some(held)) = (answer.status, held) {
            return Ok(held.value);
        }
        let (keys, dropped) = KeySet::parse(&answer.body)
            .map_err(|what| Unavailable::new(Endpoint::Jwks, UnavailableCause::Malformed(what)))?;
        for reason in dropped {
            tracing::warn!(target: "logto", "ignored a key in the tenant's key set: {reason}");
        }
        self.keys.set_etag(url, etag_of(&answer));
        Ok(Arc::new(keys))
    }

    #[cfg(test)]
    pub(crate) fn keep_fresh_for_tests(self: &Arc<Self>, every: Duration) {
        self.keep_fresh(every);
    }

    #[cfg(test)]
    pub(crate) async fn key_set_for_tests(self: &Arc<Self>) {
        self.key_set().await.expect("keys");
    }

    #[cfg(test)]
    pub(crate) fn has_key_for_tests(&self, token: &str) -> bool {
        let jws = Jws::parse(token).expect("a token");
        let keys = self.keys.current().expect("keys");
        !matches!(keys.value.select(&jws), Selection::Unknown)
    }

    #[cfg(test)]
    pub(crate) fn keys_generation_for_tests(&self) -> u64 {
        self.keys.current().map_or(0, |fetched| fetched.generation)
    }

    #[cfg(test)]
    pub(crate) fn signatures_checked(&self) -> u64 {
        self.gate.passed()
    }

    #[cfg(test)]
    pub(crate) async fn block_the_gate(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.gate.block().await
    }

    async fn get(&self, endpoint: Endpoint, url: &str, etag: Option<String>) -> Result<Answer, Unavailable> {
        let mut request = self.http.client().get(url);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let answer = self.http.send(endpoint, request).await?;
        match answer.status {
            200 | 304 => Ok(answer),
            status => Err(Unavailable::new(endpoint, UnavailableCause::Status(status))),
        }
    }
}

fn etag_of(answer: &Answer) -> Option<&str> {
    answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok())
}

/// What came of checking a signature, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Genuine(KeyId),
    Forged(KeyId),
}

/// How the tenant does, as far as this server knows.
#[derive(Debug)]
pub(crate) struct SignsOfLife {
    pub(crate) metadata: Condition,
    pub(crate) keys: Condition,
    pub(crate) endpoints: Vec<(Endpoint, CircuitState, Record)>,
    /// In seconds.
    pub(crate) clock_ahead: i64,
}

/// Clocks that differ by no more than so many seconds are not why a token was refused.
const CLOCKS_AGREE: u64 = 5;

/// Why keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Age,
    /// A token names a key that is not there: rationed, since anybody can invent names.
    UnknownKey,
}

/// Runs `work` to its end even if the request that asked for it goes away: others wait for its result.
pub(super) async fn detached<T, F, W>(provider: &Arc<Provider>, work: W) -> Result<T, Unavailable>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Unavailable>> + Send + 'static,
    W: FnOnce(Arc<Provider>) -> F,
{
    let task = tokio::spawn(work(Arc::clone(provider)));
    match task.await {
        Ok(result) => result,
        Err(_) => Err(Unavailable::new(
            Endpoint::Discovery,
            UnavailableCause::Malformed("the fetch was cancelled".to_owned()),
        )),
    }
}

fn spawn_quietly<T, F, W>(provider: &Arc<Provider>, work: W)
where
    T: Send + 'static,
    F: Future<Output = Result<T, Unavailable>> + Send + 'static,
    W: FnOnce(Arc<Provider>) -> F,
{
    let work = work(Arc::clone(provider));
    tokio::spawn(async move {
        if let Err(unavailable) = work.await {
            tracing::warn!(target: "logto", "could not refresh the discovery document or key set, so the last good copy stays in use: {unavailable}");
        }
    });
}
