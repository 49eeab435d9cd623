//! The tenant as this application sees it: its metadata and keys, cached, and a channel to it.

mod documents;
mod signatures;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use signatures::Verdict;

use super::cached::{Cached, DocumentStatus, FRESH};
use super::circuit::{CallRecord, CircuitState};
use super::http::Http;
use super::keys::KeySet;
use super::metadata::Metadata;
use super::signing::IdTokenSigning;
use super::token_bucket::TokenBucket;
use super::verification_limit::VerificationLimit;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Endpoint, InvalidToken, Unavailable};
use crate::telemetry::AuditSubjects;

/// One tenant, shared by all requests.
pub(crate) struct Provider {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) http: Http,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    unknown_keys: TokenBucket,
    outdated_metadata: TokenBucket,
    verification_limit: VerificationLimit,
    pub(super) signing: IdTokenSigning,
    audit_subjects: AuditSubjects,
}

impl Provider {
    /// Fails when no TLS client can be set up.
    pub(crate) fn new(config: Arc<Config>, clock: Clock) -> Result<Self, String> {
        let http = Http::new(config.http, &clock)
            .map_err(|error| format!("cannot set up the HTTP client: {error}"))?;
        Ok(Provider::over(http, config, clock))
    }

    /// Without a network: `transport` answers.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn with_transport(
        config: Arc<Config>,
        clock: Clock,
        transport: Arc<dyn super::transport::Transport>,
    ) -> Self {
        Provider::over(Http::with_transport(transport, &clock), config, clock)
    }

    /// What answers in place of the network.
    #[cfg(all(feature = "testing", feature = "reqwest"))]
    pub(crate) fn transport(&self) -> Option<&Arc<dyn super::transport::Transport>> {
        self.http.transport()
    }

    fn over(http: Http, config: Arc<Config>, clock: Clock) -> Self {
        Provider {
            http,
            metadata: Cached::new(clock.clone()),
            keys: Cached::new(clock.clone()),
            unknown_keys: TokenBucket::new(clock.clone()),
            outdated_metadata: TokenBucket::new(clock.clone()),
            verification_limit: VerificationLimit::new(),
            signing: IdTokenSigning::new(clock.clone()),
            audit_subjects: AuditSubjects::new(config.audit_key.as_ref(), &config.issuer),
            config,
            clock,
        }
    }

    /// The issuer identifier as configured.
    pub(crate) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Hashes this tenant's subjects for audit events.
    pub(crate) fn audit_subjects(&self) -> &AuditSubjects {
        &self.audit_subjects
    }

    /// The id of the application that users sign in to. Empty for an API alone.
    pub(crate) fn client_id(&self) -> &str {
        self.config.web_app.as_ref().map_or("", |web_app| web_app.app.id.as_str())
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
    pub(crate) fn status(&self) -> ProviderStatus {
        ProviderStatus {
            metadata: self.metadata.status(),
            keys: self.keys.status(),
            endpoints: self.http.records().collect(),
            clock_ahead: self.http.ahead(),
        }
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
        let jws = super::jws::Jws::parse(token).expect("a token");
        let keys = self.keys.current().expect("keys");
        !matches!(keys.value.select(&jws), super::keys::Selection::Unknown)
    }

    #[cfg(test)]
    pub(crate) fn keys_generation_for_tests(&self) -> u64 {
        self.keys.current().map_or(0, |fetched| fetched.generation)
    }

    #[cfg(test)]
    pub(crate) fn signatures_checked(&self) -> u64 {
        self.verification_limit.passed()
    }

    #[cfg(test)]
    pub(crate) async fn occupy_verifications(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.verification_limit.block().await
    }
}

/// How the tenant does, as far as this server knows.
#[derive(Debug)]
pub(crate) struct ProviderStatus {
    pub(crate) metadata: DocumentStatus,
    pub(crate) keys: DocumentStatus,
    pub(crate) endpoints: Vec<(Endpoint, CircuitState, CallRecord)>,
    /// In seconds.
    pub(crate) clock_ahead: i64,
}

/// Clocks that differ by no more than so many seconds are not why a token was refused.
const CLOCKS_AGREE: u64 = 5;
