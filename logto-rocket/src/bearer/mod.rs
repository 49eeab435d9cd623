//! JWT access tokens (RFC 9068): those that strangers send, and those that Logto hands out.

#[cfg(test)]
mod attacks;
mod fingerprint;
mod header;
mod introspection;
mod logout_token;
mod payload;
#[cfg(test)]
mod testing;
mod verified;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

pub(crate) use header::{BearerHeader, read_authorization};
pub(crate) use logout_token::{InvalidLogoutToken, LogoutToken, LogoutTokens};

use crate::clock::{Clock, UnixTime};
use crate::config::IntrospectionSettings;
use crate::error::{Error, InvalidToken};
use crate::oidc::{Audience, Jws, NumericDate, Provider, TokenType};
use crate::types::{OrganizationId, Scopes};
use fingerprint::Policy;
use introspection::Introspections;
use payload::Payload;
use verified::VerifiedTokens;

/// A token that was verified in full.
#[derive(Debug, Clone)]
pub(crate) struct AccessTokenClaims {
    pub(crate) issuer: String,
    pub(crate) subject: Arc<str>,
    pub(crate) client_id: Arc<str>,
    pub(crate) audience: Audience,
    pub(crate) scopes: Scopes,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) issued_at: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) expires: UnixTime,
    /// `None` for an opaque token.
    #[allow(dead_code, reason = "for the log of who did what")]
    pub(crate) jti: Option<String>,
    /// Who acts for the subject (RFC 8693 §4.1): the outermost actor's `sub`.
    pub(crate) actor: Option<String>,
    /// Logto sends none; RFC 9068 §2.2.1 allows it, and RFC 9470 needs it.
    pub(crate) auth_time: Option<UnixTime>,
    /// The claims as they were signed, for those who ask for others than these. `None` for an opaque token.
    payload: Option<Payload>,
}

impl AccessTokenClaims {
    /// Logto names the application as the subject of its own tokens.
    pub(crate) fn is_machine(&self) -> bool {
        self.subject == self.client_id
    }

    /// Whether Logto was asked about the token. Such a token was issued for no API: it says who somebody is, and
    /// nothing of what they may do.
    pub(crate) fn is_opaque(&self) -> bool {
        self.jti.is_none()
    }

    /// All claims of the token.
    ///
    /// # Errors
    ///
    /// [`InvalidToken::Opaque`] if it has none, [`InvalidToken::Claim`] if it has two of one name.
    pub(crate) fn all(&self) -> Result<Map<String, Value>, InvalidToken> {
        self.payload.as_ref().ok_or(InvalidToken::Opaque)?.claims()
    }

    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        let texts = [self.issuer.as_str(), &self.subject, &self.client_id];
        let further = [&self.jti, &self.actor];
        size_of::<Self>()
            + texts.map(str::len).iter().sum::<usize>()
            + further.map(|text| text.as_ref().map_or(0, String::len)).iter().sum::<usize>()
            + self.audience.iter().map(|one| one.len() + size_of::<String>()).sum::<usize>()
            + self.scopes.iter().map(|scope| scope.len() + size_of::<String>()).sum::<usize>()
            + self.organization.as_ref().map_or(0, |id| id.as_str().len())
            + self.payload.as_ref().map_or(0, Payload::len)
    }

    fn check(&self, issuer: &str, now: UnixTime, leeway: Duration) -> Result<(), InvalidToken> {
        if self.issuer != issuer {
            return Err(InvalidToken::Issuer);
        }
        if self.subject.is_empty() {
            return Err(InvalidToken::Subject);
        }
        if self.expires.plus(leeway) <= now {
            return Err(InvalidToken::Expired);
        }
        let ahead = |time: UnixTime| time > now.plus(leeway);
        if ahead(self.issued_at) || self.not_before.is_some_and(ahead) {
            return Err(InvalidToken::NotYetValid);
        }
        Ok(())
    }
}

/// Claims that RFC 9068 §2.2 requires, and those that Logto adds.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    client_id: String,
    jti: String,
    scope: Option<String>,
    organization_id: Option<String>,
    auth_time: Option<NumericDate>,
    act: Option<Actor>,
}

/// RFC 8693 §4.1; actors of earlier delegations, nested in it, count for nothing there.
#[derive(Deserialize)]
struct Actor {
    sub: String,
}

impl Claims {
    fn read(self, payload: Payload) -> Result<AccessTokenClaims, InvalidToken> {
        let organization = match self.organization_id {
            None => None,
            Some(id) => Some(OrganizationId::new(&id).ok_or(InvalidToken::Claim)?),
        };
        let time = |NumericDate(time): NumericDate| time;
        Ok(AccessTokenClaims {
            issuer: self.iss,
            subject: self.sub.into(),
            client_id: self.client_id.into(),
            audience: self.aud,
            scopes: Scopes::parse(self.scope.as_deref().unwrap_or_default()),
            organization,
            issued_at: time(self.iat),
            not_before: self.nbf.map(time),
            expires: time(self.exp),
            jti: Some(self.jti),
            actor: self.act.map(|actor| actor.sub),
            auth_time: self.auth_time.map(time),
            payload: Some(payload),
        })
    }
}

/// How tokens are judged, apart from what the tenant says.
#[derive(Debug, Clone)]
pub(crate) struct BearerRules {
    pub(crate) leeway: Duration,
    /// `None` where no opaque tokens are accepted.
    pub(crate) introspection: Option<IntrospectionSettings>,
}

/// Verifies access tokens of the tenant.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    provider: Arc<Provider>,
    leeway: Duration,
    clock: Clock,
    verified: Arc<VerifiedTokens>,
    introspections: Option<Arc<Introspections>>,
}

impl AccessTokens {
    pub(crate) fn new(provider: Arc<Provider>, rules: BearerRules, clock: Clock) -> Self {
        let policy = Policy::new("at+jwt", provider.issuer(), provider.client_id());
        let verified = VerifiedTokens::new(Arc::clone(&provider), policy, clock.clone());
        let introspections = rules.introspection.map(|settings| {
            let policy = Policy::new("opaque", provider.issuer(), &settings.app.id);
            Introspections::new(Arc::clone(&provider), policy, settings, rules.leeway, clock.clone())
        });
        AccessTokens {
            verified: Arc::new(verified),
            introspections: introspections.map(Arc::new),
            provider,
            leeway: rules.leeway,
            clock,
        }
    }

    /// By how much the clocks of this server and of Logto's may differ.
    pub(crate) fn leeway(&self) -> Duration {
        self.leeway
    }

    /// What a stranger shows: a JWT; or, where the configuration allows it, an opaque token that Logto is asked
    /// about. An opaque token has no audience to accept.
    pub(crate) async fn verify_presented(
        &self,
        token: &str,
        accepts: impl Fn(&Audience) -> bool,
    ) -> Result<Arc<AccessTokenClaims>, Error> {
        match (self.verify(token, accepts).await, &self.introspections) {
            (Err(Error::InvalidToken(InvalidToken::Opaque)), Some(introspections)) => {
                // In a box, like all that few requests wait for: their futures make those of the others large.
                Box::pin(introspections.verify(token)).await
            }
            (verified, _) => verified,
        }
    }

    /// The token's claims, if all of it is right and `accepts` takes its audience. What costs little is
    /// checked before the signature; a signature that was checked a moment ago is not checked again, and
    /// everything else is.
    pub(crate) async fn verify(
        &self,
        token: &str,
        accepts: impl Fn(&Audience) -> bool,
    ) -> Result<Arc<AccessTokenClaims>, Error> {
        let fingerprint = self.verified.fingerprint(token);
        if let Some(claims) = self.verified.find(&fingerprint).await? {
            self.judge(&claims, accepts).await?;
            return Ok(claims);
        }
        let jws = Jws::parse(token)?;
        if jws.token_type() != TokenType::AccessToken {
            return Err(InvalidToken::Type.into());
        }
        let claims = jws.claims::<Claims>()?.read(Payload::of(&jws))?;
        self.judge(&claims, accepts).await?;
        Box::pin(self.verified.verify(&fingerprint, &jws, claims)).await
    }

    async fn judge(
        &self,
        claims: &AccessTokenClaims,
        accepts: impl Fn(&Audience) -> bool,
    ) -> Result<(), Error> {
        let metadata = self.provider.metadata().await?;
        claims.check(&metadata.issuer, self.clock.now(), self.leeway)?;
        if !accepts(&claims.audience) {
            return Err(InvalidToken::Audience.into());
        }
        Ok(())
    }

    /// Forgets the verified tokens of a subject, after their access has ended. Each token is verified anew from then on,
    /// an opaque one by introspection.
    ///
    /// A JWT stays valid until it expires, whatever happens to its subject.
    pub(crate) fn forget_subject(&self, subject: &str) {
        self.verified.forget_subject(subject);
        if let Some(introspections) = &self.introspections {
            introspections.forget_subject(subject);
        }
    }

    /// A reason in words; where it is about time, with what is known about the clocks.
    pub(crate) fn explain(&self, reason: InvalidToken) -> String {
        self.provider.explain(reason)
    }
}

#[cfg(test)]
mod tests;
