//! The ID token (OpenID Connect Core §3.1.3.7), checked in full before a claim of it is believed.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::jws::{Audience, Jws, NumericDate, TokenType, Unique};
use super::relying_party::RelyingParty;
use crate::clock::UnixTime;
use crate::error::{Error, InvalidToken};
use crate::types::Secret;

/// OpenID Connect Core §2: a subject has at most 255 characters.
const MAX_SUBJECT: usize = 255;

/// What an ID token must agree with.
pub(crate) struct IdTokenExpectation<'a> {
    pub(crate) nonce: Nonce<'a>,
    /// Set on a refresh: the user may not change (OpenID Connect Core §12.2).
    pub(crate) subject: Option<&'a str>,
    /// Set if the sign-in had to be this fresh: then the token must tell when it was (OpenID Connect
    /// Core §3.1.2.1).
    pub(crate) max_age: Option<Duration>,
}

/// How the token's nonce is judged.
pub(crate) enum Nonce<'a> {
    /// It must be this one.
    Exactly(&'a Secret),
    /// A refreshed token may leave it out; if it has one, it is the first one (OpenID Connect Core §12.2). `None`
    /// where the first token had none.
    FirstOrNone(Option<NonceHash>),
}

/// What is kept of a nonce for as long as its session lives: half of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NonceHash([u8; 16]);

impl NonceHash {
    pub(crate) fn of(nonce: &str) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&digest(&SHA256, nonce.as_bytes()).as_ref()[..16]);
        NonceHash(half)
    }
}

impl fmt::Debug for NonceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceHash")
    }
}

/// The verified claims.
#[derive(Debug, Clone)]
pub(crate) struct IdTokenClaims {
    pub(crate) subject: String,
    pub(crate) sid: Option<String>,
    pub(crate) auth_time: Option<UnixTime>,
    pub(crate) nonce: Option<NonceHash>,
    /// Every claim about the user; protocol claims are left out.
    pub(crate) person: Map<String, Value>,
}

#[derive(Deserialize)]
struct Protocol {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    nonce: Option<String>,
    azp: Option<String>,
    auth_time: Option<NumericDate>,
    sid: Option<String>,
    at_hash: Option<String>,
}

impl RelyingParty {
    /// The claims of an ID token that came together with an access token. Where it says which one (`at_hash`,
    /// OpenID Connect Core §3.1.3.6), it must be that one; Logto's do not say.
    pub(crate) async fn verify_id_token(
        &self,
        id_token: &Secret,
        access_token: &Secret,
        expected: &IdTokenExpectation<'_>,
    ) -> Result<IdTokenClaims, Error> {
        self.read_id_token(id_token, access_token, expected).await.map_err(|error| match error {
            Error::InvalidToken(reason) => Error::InvalidIdToken(reason),
            other => other,
        })
    }

    async fn read_id_token(
        &self,
        id_token: &Secret,
        access_token: &Secret,
        expected: &IdTokenExpectation<'_>,
    ) -> Result<IdTokenClaims, Error> {
        let jws = Jws::parse(id_token.expose())?;
        if jws.token_type() != TokenType::Untyped {
            return Err(InvalidToken::Type.into());
        }
        let metadata = self.provider.metadata().await?;
        self.provider.verify(&jws).await?;
        // From the very bytes that were verified; a second claim of one name refuses the token.
        let Unique(mut claims) = jws.claims()?;
        let protocol: Protocol =
            serde_json::from_value(Value::Object(claims.clone())).map_err(|_| InvalidToken::Claim)?;
        protocol
            .check(self, &metadata.issuer, expected)
            .inspect_err(|reason| self.provider.note_clocks(*reason))?;
        for name in ["iss", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "sid", "auth_time", "jti"]
        {
            claims.remove(name);
        }
        if protocol.at_hash.is_some_and(|said| said != jws.algorithm.half_hash(access_token.expose())) {
            return Err(InvalidToken::AccessTokenHash.into());
        }
        self.provider.signing.note(jws.algorithm, self.provider.key_set_version().await?);
        Ok(IdTokenClaims {
            subject: protocol.sub,
            sid: protocol.sid,
            auth_time: protocol.auth_time.map(|NumericDate(time)| time),
            nonce: protocol.nonce.as_deref().map(NonceHash::of),
            person: claims,
        })
    }
}

impl Protocol {
    fn check(
        &self,
        relying_party: &RelyingParty,
        issuer: &str,
        expected: &IdTokenExpectation<'_>,
    ) -> Result<(), InvalidToken> {
        let RelyingParty { provider, config } = relying_party;
        let (now, leeway, app_id) = (provider.clock.now(), config.leeway, config.app.id.as_str());
        if self.iss != issuer {
            return Err(InvalidToken::Issuer);
        }
        if !self.aud.is_only(app_id) {
            return Err(InvalidToken::Audience);
        }
        if self.azp.as_ref().is_some_and(|azp| azp != app_id) {
            return Err(InvalidToken::AuthorizedParty);
        }
        if self.sub.is_empty()
            || self.sub.len() > MAX_SUBJECT
            || expected.subject.is_some_and(|sub| sub != self.sub)
        {
            return Err(InvalidToken::Subject);
        }
        self.check_times(now, leeway)?;
        if let Some(max_age) = expected.max_age {
            let fresh = self.auth_time.is_some_and(|NumericDate(time)| {
                time <= now.plus(leeway) && time.plus(max_age).plus(leeway) >= now
            });
            if !fresh {
                return Err(InvalidToken::AuthTime);
            }
        }
        match (&expected.nonce, &self.nonce) {
            (Nonce::FirstOrNone(_), None) => Ok(()),
            (Nonce::FirstOrNone(first), Some(nonce)) if *first == Some(NonceHash::of(nonce)) => Ok(()),
            (Nonce::Exactly(sent), Some(nonce)) if **sent == Secret::new(nonce.as_str()) => Ok(()),
            (Nonce::FirstOrNone(_) | Nonce::Exactly(_), _) => Err(InvalidToken::Nonce),
        }
    }

    fn check_times(&self, now: UnixTime, leeway: Duration) -> Result<(), InvalidToken> {
        if self.exp.0 <= self.iat.0 || self.exp.0.plus(leeway) <= now {
            return Err(InvalidToken::Expired);
        }
        let ahead = |time: &NumericDate| time.0 > now.plus(leeway);
        if ahead(&self.iat) || self.nbf.as_ref().is_some_and(ahead) {
            return Err(InvalidToken::NotYetValid);
        }
        Ok(())
    }
}
