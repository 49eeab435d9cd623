//! What an access token says (RFC 9068).

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::payload::Payload;
use crate::clock::UnixTime;
use crate::error::InvalidToken;
use crate::oidc::{Audience, NumericDate};
use crate::types::{OrganizationId, Scopes};

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
    pub(super) payload: Option<Payload>,
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
    pub(super) fn bytes(&self) -> usize {
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

    pub(super) fn check(&self, issuer: &str, now: UnixTime, leeway: Duration) -> Result<(), InvalidToken> {
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
pub(super) struct SignedClaims {
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

impl SignedClaims {
    pub(super) fn read(self, payload: Payload) -> Result<AccessTokenClaims, InvalidToken> {
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
