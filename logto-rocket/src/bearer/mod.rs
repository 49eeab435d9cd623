//! JWT access tokens (RFC 9068): those that strangers send, and those that Logto hands out.

mod access_token_claims;
#[cfg(test)]
mod attacks;
mod fingerprint;
mod header;
mod introspection;
mod logout_token;
mod payload;
#[cfg(test)]
mod testing;
mod verified_tokens;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use access_token_claims::AccessTokenClaims;
pub(crate) use header::{BearerHeader, read_authorization};
pub(crate) use logout_token::{InvalidLogoutToken, LogoutToken, LogoutTokens};

use crate::clock::Clock;
use crate::config::IntrospectionSettings;
use crate::error::{Error, InvalidToken};
use crate::oidc::{Audience, Jws, Provider, TokenType};
use access_token_claims::SignedClaims;
use fingerprint::{Fingerprint, Policy};
use introspection::Introspections;
use payload::Payload;
use verified_tokens::VerifiedTokens;

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
        match self.verified.find(&fingerprint).await? {
            Some(claims) => {
                self.judge(&claims, accepts).await?;
                Ok(claims)
            }
            None => Box::pin(self.verify_anew(&fingerprint, token, accepts)).await,
        }
    }

    async fn verify_anew(
        &self,
        fingerprint: &Fingerprint,
        token: &str,
        accepts: impl Fn(&Audience) -> bool,
    ) -> Result<Arc<AccessTokenClaims>, Error> {
        let jws = Jws::parse(token)?;
        if jws.token_type() != TokenType::AccessToken {
            return Err(InvalidToken::Type.into());
        }
        let claims = jws.claims::<SignedClaims>()?.read(Payload::of(&jws))?;
        self.judge(&claims, accepts).await?;
        self.verified.verify(fingerprint, &jws, claims).await
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
