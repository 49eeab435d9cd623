//! Checks of signatures with the issuer's keys.

use std::sync::Arc;
use std::time::Duration;

use super::Provider;
use super::documents::{Reason, detached};
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::algorithm::Algorithm;
use crate::oidc::jws::Jws;
use crate::oidc::keys::{Key, KeyId, KeySetVersion, Selection};
use crate::oidc::metadata::Metadata;
use crate::oidc::signing::AlgorithmMatch;

/// What came of checking a signature, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Genuine(KeyId),
    Forged(KeyId),
}

impl Provider {
    /// Checks a token's signature with the issuer's key. An unknown key id makes one bounded attempt to
    /// learn new keys, so that a rotation lands at once and a flood of invented ids does not.
    pub(crate) async fn verify(self: &Arc<Self>, jws: &Jws<'_>) -> Result<(), Error> {
        match self.judge(jws).await? {
            Verdict::Genuine(_) => Ok(()),
            Verdict::Forged(_) => Err(InvalidToken::Signature.into()),
        }
    }

    /// The same, and the key that verified the signature, for callers that cache the result.
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
        let _permit = self.verification_limit.acquire().await.map_err(|_| Unavailable {
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

    /// Which keys are known here.
    pub(in crate::oidc) async fn key_set_version(self: &Arc<Self>) -> Result<KeySetVersion, Unavailable> {
        Ok(self.key_set().await?.value.version())
    }

    /// Which keys are published now. Rationed as unknown keys are: then it is those that are known.
    pub(in crate::oidc) async fn newest_key_set_version(
        self: &Arc<Self>,
    ) -> Result<KeySetVersion, Unavailable> {
        let generation = self.key_set().await?.generation;
        let newest = detached(self, move |provider| provider.fetch_keys(generation, Reason::UnknownKey));
        Ok(newest.await?.value.version())
    }
}

/// Signatures that must be made as those of ID tokens are.
impl Provider {
    /// Checks the signature of a token that must be signed as ID tokens are. What is out of date here is fetched
    /// first: nobody stays signed in because of a rotation. Only genuine tokens lead to a fetch.
    pub(crate) async fn verify_like_id_token(self: &Arc<Self>, jws: &Jws<'_>) -> Result<(), Error> {
        self.verify(jws).await?;
        let algorithm = jws.algorithm;
        let mut algorithm_match = self.signing.compare(algorithm, self.key_set_version().await?);
        if algorithm_match == AlgorithmMatch::Other {
            algorithm_match = self.signing.compare(algorithm, self.newest_key_set_version().await?);
        }
        let is_accepted = match algorithm_match {
            AlgorithmMatch::Same => true,
            AlgorithmMatch::Other => false,
            AlgorithmMatch::Unknown => self.may_sign_id_tokens(algorithm).await,
        };
        if is_accepted { Ok(()) } else { Err(InvalidToken::Algorithm.into()) }
    }

    /// What the discovery document says; a new one, before it says no. Where none can be had, a genuine token counts:
    /// Logto does not send it again, and nobody is let in by it.
    async fn may_sign_id_tokens(self: &Arc<Self>, algorithm: Algorithm) -> bool {
        let lists = |metadata: &Metadata| metadata.id_token_algorithms.contains(&algorithm);
        if self.metadata().await.is_ok_and(|metadata| lists(&metadata)) {
            return true;
        }
        match self.newest_metadata().await {
            Ok(metadata) => lists(&metadata),
            Err(unavailable) => {
                tracing::warn!(target: "logto", "a logout token was accepted without comparing its algorithm with that of ID tokens, because the discovery document is unavailable: {unavailable}");
                true
            }
        }
    }
}
