//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): Logto's word that a session is over.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::clock::{Clock, UnixTime};
use crate::error::{Error, InvalidToken};
use crate::oidc::{Audience, Jws, NumericDate, Present, Provider, TokenType, Unique, stated};

/// The member of `events` that makes a security event token a logout token.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Logto sends a logout token while the user who signs out waits. One from long ago is a replay.
const MAX_AGE: Duration = Duration::from_secs(300);

/// A token without an end of its own, as older Logto servers send it, lives as long as newer ones give theirs.
const LIFE_WITHOUT_EXP: Duration = Duration::from_secs(120);

/// OpenID Connect Core §2 bounds `sub`; nothing that Logto issues for the others comes near.
const MAX_IDENTIFIER: usize = 255;

/// A logout token that was verified in full, but for its `jti`: whether that one came before, the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogoutToken {
    /// Whose sessions end. `None` only where `sid` is there.
    pub(crate) subject: Option<String>,
    /// Which session ends. With both, the session must be this user's.
    pub(crate) sid: Option<String>,
    pub(crate) jti: String,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires: Option<UnixTime>,
}

/// Why a logout token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidLogoutToken(pub(crate) InvalidToken);

impl InvalidLogoutToken {
    /// A stable identifier for programs.
    pub(crate) fn code(self) -> &'static str {
        self.0.code()
    }

    /// What to do about it, for users. The advice for access tokens would mislead senders of logout tokens.
    pub(crate) fn help(self) -> &'static str {
        self.0.help_for_logout_token()
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: NumericDate,
    jti: String,
    events: Unique,
    #[serde(default, deserialize_with = "stated")]
    exp: Option<NumericDate>,
    #[serde(default, deserialize_with = "stated")]
    nbf: Option<NumericDate>,
    #[serde(default, deserialize_with = "stated")]
    sub: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    sid: Option<String>,
    /// Forbidden, so that no ID token can be passed off as a logout token.
    #[serde(default)]
    nonce: Present,
}

/// Verifies logout tokens of the tenant for this application.
#[derive(Clone)]
pub(crate) struct LogoutTokens {
    provider: Arc<Provider>,
    app_id: String,
    leeway: Duration,
    clock: Clock,
}

impl LogoutTokens {
    pub(crate) fn new(
        provider: Arc<Provider>,
        app_id: impl Into<String>,
        leeway: Duration,
        clock: Clock,
    ) -> Self {
        LogoutTokens { provider, app_id: app_id.into(), leeway, clock }
    }

    /// What the token says, if all of §2.6 holds but for the last: that its `jti` is new. What costs little is
    /// checked before the signature.
    pub(crate) async fn verify(&self, token: &str) -> Result<LogoutToken, Error> {
        let jws = Jws::parse(token)?;
        if jws.token_type() != TokenType::LogoutToken {
            return Err(InvalidToken::Type.into());
        }
        let claims: Claims = jws.claims()?;
        let metadata = self.provider.metadata().await?;
        claims.check(&metadata.issuer, &self.app_id)?;
        claims
            .check_times(self.clock.now(), self.leeway)
            .inspect_err(|reason| self.provider.note_clocks(*reason))?;
        self.provider.verify_like_id_token(&jws).await?;
        Ok(LogoutToken {
            subject: claims.sub,
            sid: claims.sid,
            jti: claims.jti,
            issued_at: claims.iat.0,
            expires: claims.exp.map(|NumericDate(time)| time),
        })
    }

    /// How long a `jti` must be remembered from the moment it was taken: a token that was issued in what is
    /// still the future here, by the leeway, is taken until its age passes the greatest, by the leeway.
    pub(crate) fn memory(&self) -> Duration {
        MAX_AGE + self.leeway * 2
    }
}

impl Claims {
    fn check(&self, issuer: &str, app_id: &str) -> Result<(), InvalidToken> {
        if self.iss != issuer {
            return Err(InvalidToken::Issuer);
        }
        if !self.aud.is_only(app_id) {
            return Err(InvalidToken::Audience);
        }
        if self.nonce.0 {
            return Err(InvalidToken::Nonce);
        }
        if !self.events.0.get(LOGOUT_EVENT).is_some_and(Value::is_object) {
            return Err(InvalidToken::Event);
        }
        let sensible = |text: &String| !text.is_empty() && text.len() <= MAX_IDENTIFIER;
        if self.sub.is_none() && self.sid.is_none() || !self.sub.iter().all(sensible) {
            return Err(InvalidToken::Subject);
        }
        if !self.sid.iter().all(sensible) || !sensible(&self.jti) {
            return Err(InvalidToken::Claim);
        }
        Ok(())
    }

    fn check_times(&self, now: UnixTime, leeway: Duration) -> Result<(), InvalidToken> {
        let ahead = |time: &NumericDate| time.0 > now.plus(leeway);
        if ahead(&self.iat) || self.nbf.as_ref().is_some_and(ahead) {
            return Err(InvalidToken::NotYetValid);
        }
        let ends = match &self.exp {
            Some(exp) if exp <= &self.iat => return Err(InvalidToken::Expired),
            Some(exp) => exp.0,
            None => self.iat.0.plus(LIFE_WITHOUT_EXP),
        };
        if ends.plus(leeway) <= now {
            return Err(InvalidToken::Expired);
        }
        if self.iat.0.plus(MAX_AGE).plus(leeway) <= now {
            return Err(InvalidToken::TooOld);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
