//! Opaque tokens, which only Logto can tell about (RFC 7662).
//!
//! Logto issues one where an application asks for no API: it is good for the userinfo endpoint, and names
//! no audience. So it can say who somebody is and no more, and it is taken only from applications that the
//! configuration names: any other one in the tenant, a third party's among them, holds such tokens of
//! everybody who has signed in there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::access_token_claims::AccessTokenClaims;
use super::fingerprint::{Fingerprint, Policy};
use serde_json::Value;

use crate::clock::{Clock, UnixTime};
use crate::config::IntrospectionSettings;
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{Audience, Introspection, Provider};
use crate::types::{Scopes, Secret};

/// How long a good answer is believed: so long may a revocation take to arrive.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long a bad one is: a token that was shown too early need not wait long.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(10);
/// Tokens that are remembered. Each takes less than a kilobyte.
const ROOM: usize = 10_000;
/// Calls to Logto at one time: strangers decide how many tokens they invent.
const AT_ONCE: usize = 8;
/// What waits longer for its turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Introspections {
    provider: Arc<Provider>,
    policy: Policy,
    settings: IntrospectionSettings,
    leeway: Duration,
    clock: Clock,
    cache: Cache<Fingerprint, CachedJudgement>,
    turns: Semaphore,
    epoch: AtomicU64,
}

#[derive(Clone)]
struct CachedJudgement {
    judgement: Result<Arc<AccessTokenClaims>, InvalidToken>,
    seen: UnixTime,
    until: UnixTime,
}

impl Introspections {
    pub(super) fn new(
        provider: Arc<Provider>,
        policy: Policy,
        settings: IntrospectionSettings,
        leeway: Duration,
        clock: Clock,
    ) -> Self {
        Introspections {
            provider,
            policy,
            settings,
            leeway,
            clock,
            cache: Cache::new(ROOM),
            turns: Semaphore::new(AT_ONCE),
            epoch: AtomicU64::new(0),
        }
    }

    /// Whose token it is, if it is active and comes from an application that is trusted with this. Logto is
    /// asked once for all who show it now; an outage is never an answer, and is not remembered.
    pub(super) async fn verify(&self, token: &str) -> Result<Arc<AccessTokenClaims>, Error> {
        if !could_be_logtos(token) {
            return Err(InvalidToken::Opaque.into());
        }
        let fingerprint = self.policy.fingerprint(token);
        if let Some(judgement) = self.find(&fingerprint) {
            return Ok(judgement?);
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let place = match self.cache.get_value_or_guard_async(&fingerprint).await {
            Ok(cached) => return Ok(cached.judgement?),
            Err(place) => place,
        };
        let judgement = match self.ask(&Secret::new(token)).await {
            Ok(claims) => Ok(Arc::new(claims)),
            Err(Error::InvalidToken(reason)) => Err(reason),
            Err(error) => return Err(error),
        };
        let seen = self.clock.now();
        let until = match &judgement {
            Ok(claims) => claims.expires.min(seen.plus(REMEMBERED)),
            Err(_) => seen.plus(REFUSAL_REMEMBERED),
        };
        let _ = place.insert(CachedJudgement { judgement: judgement.clone(), seen, until });
        // Asked again once it is there to be found, so that no revocation misses it.
        if self.epoch.load(Ordering::Acquire) != epoch {
            self.cache.remove(&fingerprint);
        }
        Ok(judgement?)
    }

    pub(super) fn forget_subject(&self, subject: &str) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.cache
            .retain(|_, cached| !cached.judgement.as_ref().is_ok_and(|claims| *claims.subject == *subject));
    }

    fn find(&self, fingerprint: &Fingerprint) -> Option<Result<Arc<AccessTokenClaims>, InvalidToken>> {
        let (cached, now) = (self.cache.get(fingerprint)?, self.clock.now());
        if cached.seen <= now && now < cached.until {
            return Some(cached.judgement);
        }
        // Not what somebody has put in its place meanwhile.
        self.cache
            .remove_if(fingerprint, |current| current.seen == cached.seen && current.until == cached.until);
        None
    }

    async fn ask(&self, token: &Secret) -> Result<AccessTokenClaims, Error> {
        let crowded = || Unavailable {
            endpoint: Endpoint::Introspection,
            cause: UnavailableCause::Overloaded,
            retry_after: Some(Duration::from_secs(1)),
        };
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| crowded())?.map_err(|_| crowded())?;
        let answer = self.provider.introspect(&self.settings.app, token).await?;
        let claims = self.judge(answer).await?;
        let subject = self.owner(token).await?;
        Ok(AccessTokenClaims { subject: subject.into(), ..claims })
    }

    async fn judge(&self, answer: Introspection) -> Result<AccessTokenClaims, Error> {
        if !answer.active {
            return Err(InvalidToken::Inactive.into());
        }
        if !answer.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer")) {
            return Err(InvalidToken::Type.into());
        }
        let issuer = self.provider.metadata().await?.issuer.clone();
        if answer.iss.is_some_and(|iss| iss != issuer) {
            return Err(InvalidToken::Issuer.into());
        }
        if answer.aud.is_some_and(|audience| !audience.is_only(&self.settings.app.id)) {
            return Err(InvalidToken::Audience.into());
        }
        let client_id = answer.client_id.ok_or(InvalidToken::Claim)?;
        if !self.settings.clients.contains(&client_id) {
            return Err(InvalidToken::AuthorizedParty.into());
        }
        let actor = match &answer.act {
            None | Some(Value::Null) => None,
            Some(act) => match act.get("sub").and_then(Value::as_str) {
                Some(actor) => Some(actor.to_owned()),
                None => return Err(InvalidToken::Claim.into()),
            },
        };
        let now = self.clock.now();
        let expires = answer.exp.ok_or(InvalidToken::Claim)?.0;
        if expires.plus(self.leeway) <= now {
            return Err(InvalidToken::Expired.into());
        }
        Ok(AccessTokenClaims {
            issuer,
            subject: "".into(),
            client_id: client_id.into(),
            audience: Audience::Many(Vec::new()),
            // They are about userinfo. What a route asks for they never are.
            scopes: Scopes::default(),
            organization: None,
            issued_at: answer.iat.map_or(now, |iat| iat.0),
            not_before: None,
            expires,
            jti: None,
            actor,
            auth_time: None,
            payload: None,
        })
    }

    /// Whose token it is. A token without the `openid` scope does not tell, and then it tells nothing.
    async fn owner(&self, token: &Secret) -> Result<String, Error> {
        let claims = match self.provider.userinfo_of_anyone(token).await {
            Ok(claims) => claims,
            Err(Error::Refused(refused)) if refused.status == 401 => {
                return Err(InvalidToken::Inactive.into());
            }
            Err(Error::Refused(refused)) if refused.status == 403 => return Err(InvalidToken::Subject.into()),
            Err(Error::Refused(refused)) => {
                let cause = UnavailableCause::Status(refused.status);
                return Err(Unavailable::new(Endpoint::UserInfo, cause).into());
            }
            Err(error) => return Err(error),
        };
        match claims.get("sub").and_then(Value::as_str) {
            Some(subject) if !subject.is_empty() => Ok(subject.to_owned()),
            _ => Err(InvalidToken::Subject.into()),
        }
    }
}

/// Logto's are 43 characters of base64url. What cannot be one costs no call.
fn could_be_logtos(token: &str) -> bool {
    (20..=256).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
