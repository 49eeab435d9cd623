//! The tenant's two documents, its metadata and its key set: fetched once for all requests, and kept through outages.

use std::sync::Arc;

use reqwest::header::{ETAG, IF_NONE_MATCH};
use url::Url;

use super::Provider;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::oidc::cached::{Fetched, Lookup};
use crate::oidc::http::Answer;
use crate::oidc::keys::KeySet;
use crate::oidc::metadata::Metadata;
use crate::oidc::run_to_end::run_to_end;
use crate::telemetry;

impl Provider {
    pub(crate) async fn metadata(self: &Arc<Self>) -> Result<Arc<Metadata>, Unavailable> {
        match self.metadata.look_up() {
            Lookup::Fresh(fetched) => Ok(fetched.value),
            Lookup::Failed(unavailable) => Err(unavailable),
            Lookup::Missing => Ok(detached(self, Provider::fetch_metadata).await?.value),
            Lookup::Stale(fetched) => {
                if self.metadata.nobody_fetches() {
                    spawn_in_background(self, Provider::fetch_metadata);
                }
                Ok(fetched.value)
            }
        }
    }

    /// The metadata as it is now, however fresh those at hand are. Rationed as unknown keys are: then it is those.
    pub(super) async fn newest_metadata(self: &Arc<Self>) -> Result<Arc<Metadata>, Unavailable> {
        let generation = self.metadata.current().map_or(0, |fetched| fetched.generation);
        let fetched = detached(self, move |provider| async move {
            let _lock = provider.metadata.fetch_lock.lock().await;
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

    pub(super) async fn key_set(self: &Arc<Self>) -> Result<Fetched<KeySet>, Unavailable> {
        let generation = self.keys.current().map_or(0, |fetched| fetched.generation);
        match self.keys.look_up() {
            Lookup::Fresh(fetched) => Ok(fetched),
            Lookup::Failed(unavailable) => Err(unavailable),
            Lookup::Missing => {
                detached(self, move |provider| provider.fetch_keys(generation, Reason::Age)).await
            }
            Lookup::Stale(fetched) => {
                if self.keys.nobody_fetches() {
                    spawn_in_background(self, move |provider| provider.fetch_keys(generation, Reason::Age));
                }
                Ok(fetched)
            }
        }
    }

    /// The number of keys that tokens can be verified with, those at hand or newly fetched ones.
    pub(crate) async fn count_keys(self: &Arc<Self>) -> Result<usize, Unavailable> {
        Ok(self.key_set().await?.value.len())
    }

    async fn fetch_metadata(self: Arc<Self>) -> Result<Fetched<Metadata>, Unavailable> {
        let _lock = self.metadata.fetch_lock.lock().await;
        match self.metadata.look_up() {
            Lookup::Fresh(fetched) => return Ok(fetched),
            Lookup::Failed(unavailable) => return Err(unavailable),
            Lookup::Stale(_) | Lookup::Missing => {}
        }
        self.fetch_metadata_now().await
    }

    /// By the one who holds the fetch_lock.
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

    /// Fetches the key set, unless another call has fetched one newer than `generation` meanwhile, or has just
    /// failed. Calls that wait for the same fetch share its result.
    pub(super) async fn fetch_keys(
        self: Arc<Self>,
        generation: u64,
        reason: Reason,
    ) -> Result<Fetched<KeySet>, Unavailable> {
        let metadata = self.metadata().await?;
        let _lock = self.keys.fetch_lock.lock().await;
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

/// Why keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
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
    // In a box: nearly all requests find the document here, and do not carry the future of a fetch along.
    Box::pin(run_to_end(Endpoint::Discovery, work(Arc::clone(provider)))).await
}

fn spawn_in_background<T, F, W>(provider: &Arc<Provider>, work: W)
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
