//! A session: who is signed in, since when, and with which tokens.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::cached_token::{CachedToken, TokenTarget};
use super::claims::SessionClaims;
use super::data::DataEntries;
use super::random::random;
use super::requested_access::RequestedAccess;
use crate::clock::UnixTime;
use crate::config::SessionLimits;
use crate::error::Error;
use crate::oidc::{IdTokenClaims, NonceHash, TokenAnswer, UserClaims};
use crate::types::{OrganizationId, Secret};

/// More access tokens than a session is likely to need at one time. A token that is dropped is fetched again when it is
/// needed.
const MAX_TOKENS: usize = 20;
/// A JWT customizer may make one token as long as a hundred.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Names one sign-in from its callback to its end, through every refresh.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionId([u8; 16]);

/// The id is random, so its first bytes are enough for a map.
impl Hash for SessionId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl SessionId {
    fn random() -> Self {
        SessionId(random())
    }

    #[cfg(test)]
    pub(super) fn for_test(bytes: [u8; 16]) -> Self {
        SessionId(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A part of the id, to spread sessions over time.
    pub(crate) fn spread(self) -> u16 {
        u16::from_le_bytes([self.0[0], self.0[1]])
    }
}

/// Thirty-two hexadecimal digits.
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId")
    }
}

/// One user's signed-in state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) subject: Arc<str>,
    /// The verified claims about the user.
    claims: SessionClaims,
    /// When the ID token with these claims was asked for.
    pub(crate) claims_asked: UnixTime,
    /// Logto's id of the session, where the application is set up to get one.
    pub(crate) sid: Option<String>,
    /// Of the sign-in; a refreshed ID token has the same one or none.
    pub(crate) nonce: Option<NonceHash>,
    /// What the sign-in has asked Logto for. Refreshed tokens never have more.
    pub(crate) requested: RequestedAccess,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) tokens: Vec<CachedToken>,
    pub(crate) organization: Option<OrganizationId>,
    /// When the user last showed who they are, as far as Logto has told.
    pub(crate) auth_time: Option<UnixTime>,
    /// Roles that the ID token does not tell.
    pub(crate) roles: Option<CachedRoles>,
    /// What the application keeps in the session.
    pub(crate) data: DataEntries,
    pub(crate) created: UnixTime,
    /// When the session was last written: how idle time is told.
    pub(crate) seen: UnixTime,
    /// Counts changes, so that the newer of two copies can be told.
    pub(crate) revision: u64,
}

/// Roles as the userinfo endpoint told them, for tenants that keep them out of the ID token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CachedRoles {
    pub(crate) of_user: Vec<String>,
    /// `<organization id>:<role name>`.
    pub(crate) of_organizations: Vec<String>,
    pub(crate) asked: UnixTime,
}

/// A change of a session. It is applied anew to the newest state each time another writer was faster, so it sets what it
/// sets whatever the value was before.
pub(crate) type SessionUpdate = Arc<dyn Fn(&mut Session) + Send + Sync>;

/// Whether a session is within its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionValidity {
    Valid,
    /// Valid, and due to be written again so that it does not count as idle.
    RenewalDue,
    /// Written in the future: the clock was set back. The session may be valid again later.
    NotYetValid,
    /// Past its idle or its absolute limit.
    Expired,
}

impl SessionValidity {
    /// Of a session that began at `created` and was last written at `seen`.
    pub(super) fn of(
        created: UnixTime,
        seen: UnixTime,
        limits: SessionLimits,
        now: UnixTime,
        leeway: Duration,
    ) -> Self {
        if seen > now.plus(leeway) || created > now.plus(leeway) {
            return SessionValidity::NotYetValid;
        }
        if now.since(created) >= limits.absolute || now.since(seen) >= limits.idle {
            return SessionValidity::Expired;
        }
        // Written at most about twenty times per idle period, however often it is used.
        if now.since(seen) >= limits.idle / 20 { SessionValidity::RenewalDue } else { SessionValidity::Valid }
    }
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// It was signed out, it expired, or its grant at Logto ended.
    Terminated,
    /// The browser has another session now, under the same names of cookies.
    Replaced,
}

impl From<EndReason> for Error {
    fn from(_: EndReason) -> Self {
        Error::SessionEnded
    }
}

impl Session {
    /// A fresh session after a sign-in, for which Logto was asked at `now`. Its id is new, whatever was there before.
    pub(crate) fn begin(
        claims: &IdTokenClaims,
        answer: &TokenAnswer,
        requested: RequestedAccess,
        now: UnixTime,
    ) -> Self {
        let mut session = Session {
            id: SessionId::random(),
            subject: claims.subject.as_str().into(),
            claims: SessionClaims::new(&claims.person),
            claims_asked: now,
            sid: claims.sid.clone(),
            nonce: claims.nonce,
            requested,
            refresh_token: answer.refresh_token.clone(),
            tokens: Vec::new(),
            organization: None,
            // Nobody has signed in after this: what Logto's clock is ahead would make the sign-in younger than it is.
            auth_time: claims.auth_time.map(|time| time.min(now)),
            roles: None,
            data: DataEntries::default(),
            created: now,
            seen: now,
            revision: 0,
        };
        session.cache_token(CachedToken {
            target: TokenTarget::userinfo(),
            scopes: answer.scopes.clone(),
            expires: now.plus(answer.expires_in),
            received: now,
            secret: Some(answer.access_token.clone()),
            handed_out: false,
        });
        session
    }

    /// A session that nobody has signed in for.
    #[cfg(test)]
    pub(crate) fn for_test(subject: &str, now: UnixTime) -> Self {
        Session {
            id: SessionId::random(),
            subject: subject.into(),
            claims: SessionClaims::new(&Map::new()),
            claims_asked: now,
            sid: None,
            nonce: None,
            requested: RequestedAccess::default(),
            refresh_token: None,
            tokens: Vec::new(),
            organization: None,
            auth_time: None,
            roles: None,
            data: DataEntries::default(),
            created: now,
            seen: now,
            revision: 0,
        }
    }

    /// The claims about the user, as JSON.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.claims.as_map()
    }

    /// About the bytes that the session takes in memory beside its sealed form.
    pub(super) fn weight(&self) -> usize {
        let tokens = self.tokens.iter().map(CachedToken::bytes).sum::<usize>();
        size_of::<Self>() + self.claims.weight() + self.requested.bytes() + tokens + self.data.bytes()
    }

    /// The claims about the user, typed.
    pub(crate) fn user_claims(&self) -> &UserClaims {
        self.claims.as_user_claims()
    }

    pub(crate) fn set_claims(&mut self, claims: &Map<String, Value>) {
        self.claims = SessionClaims::new(claims);
    }

    /// Takes over the claims of an ID token that was asked for at `asked` and came at `now`. What the session holds
    /// for an organization that the token no longer names goes.
    pub(crate) fn renew_claims(&mut self, claims: &Map<String, Value>, asked: UnixTime, now: UnixTime) {
        // A refresh that was slower than the next one brings nothing back. What lies ahead was asked before the clock
        // was set back.
        if asked < self.claims_asked && self.claims_asked <= now {
            return;
        }
        self.set_claims(claims);
        self.claims_asked = asked;
        if let Some(named) = claims.get("organizations").and_then(Value::as_array) {
            let is_named = |id: &OrganizationId| named.iter().any(|one| one == id.as_str());
            self.tokens.retain(|token| token.target.organization.as_ref().is_none_or(is_named));
        }
    }

    /// The organization the user works in: the chosen one, or the only one.
    pub(crate) fn current_organization(&self) -> Option<OrganizationId> {
        if self.organization.is_some() {
            return self.organization.clone();
        }
        match self.claims().get("organizations")?.as_array()?.as_slice() {
            [Value::String(only)] => OrganizationId::new(only),
            _ => None,
        }
    }

    pub(crate) fn cached_token(&self, target: &TokenTarget) -> Option<&CachedToken> {
        self.tokens.iter().find(|token| token.target == *target)
    }

    /// Keeps a token, in place of an older one for the same target and of all that have ended. Where there are too
    /// many, the longest unused gives way: the first in the list.
    pub(crate) fn cache_token(&mut self, token: CachedToken) {
        self.tokens.retain(|held| held.target != token.target && held.expires > token.received);
        self.tokens.push(token);
        let bytes = |tokens: &[CachedToken]| tokens.iter().map(CachedToken::bytes).sum::<usize>();
        while self.tokens.len() > MAX_TOKENS || self.tokens.len() > 1 && bytes(&self.tokens) > MAX_TOKEN_BYTES
        {
            self.tokens.remove(0);
        }
    }

    /// Forgets what the session has learned of what the user may do: it is to be asked anew.
    pub(crate) fn forget_authorization(&mut self) {
        self.tokens.clear();
        self.roles = None;
    }

    /// Whether it may soon matter which token is used.
    pub(crate) fn holds_many_tokens(&self) -> bool {
        self.tokens.len() > MAX_TOKENS / 2
    }

    /// These tokens were used since the session was last written, the latest one last.
    pub(crate) fn note_used(&mut self, used: &[TokenTarget]) {
        // The order of the others stays as it was.
        self.tokens.sort_by_key(|held| used.iter().position(|target| *target == held.target));
    }

    /// When the session ends if it is not used after `seen`, and when it ends at the latest.
    pub(crate) fn expires(&self, limits: SessionLimits, seen: UnixTime) -> (UnixTime, UnixTime) {
        let at_the_latest = self.created.plus(limits.absolute);
        (seen.plus(limits.idle).min(at_the_latest), at_the_latest)
    }

    pub(crate) fn validity(&self, limits: SessionLimits, now: UnixTime, leeway: Duration) -> SessionValidity {
        SessionValidity::of(self.created, self.seen, limits, now, leeway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created: i64, seen: i64) -> Session {
        Session { created: UnixTime(created), seen: UnixTime(seen), ..Session::for_test("s", UnixTime(0)) }
    }

    #[test]
    fn h08_idle_and_absolute_limits_end_at_their_second() {
        let limits =
            SessionLimits { idle: Duration::from_secs(1_000), absolute: Duration::from_secs(10_000) };
        let life = |created, seen, now| {
            session(created, seen).validity(limits, UnixTime(now), Duration::from_secs(60))
        };
        assert_eq!(life(0, 0, 49), SessionValidity::Valid);
        assert_eq!(life(0, 0, 50), SessionValidity::RenewalDue);
        assert_eq!(life(0, 0, 999), SessionValidity::RenewalDue);
        assert_eq!(life(0, 0, 1_000), SessionValidity::Expired);
        assert_eq!(life(0, 9_999, 9_999), SessionValidity::Valid);
        assert_eq!(life(0, 9_999, 10_000), SessionValidity::Expired);
    }

    #[test]
    fn h08_a_session_ends_by_the_first_of_its_limits() {
        let limits =
            SessionLimits { idle: Duration::from_secs(1_000), absolute: Duration::from_secs(10_000) };
        let expires = |seen| session(0, 0).expires(limits, UnixTime(seen));
        assert_eq!(expires(0), (UnixTime(1_000), UnixTime(10_000)));
        assert_eq!(expires(9_500), (UnixTime(10_000), UnixTime(10_000)));
    }

    #[test]
    fn g06_p03_a_session_from_the_future_is_not_yet() {
        let limits =
            SessionLimits { idle: Duration::from_secs(1_000), absolute: Duration::from_secs(10_000) };
        assert_eq!(
            session(100, 100).validity(limits, UnixTime(40), Duration::from_secs(60)),
            SessionValidity::Valid
        );
        assert_eq!(
            session(100, 101).validity(limits, UnixTime(40), Duration::from_secs(60)),
            SessionValidity::NotYetValid
        );
    }

    #[test]
    fn field_05_an_id_token_takes_the_tokens_of_organizations_that_it_does_not_name() {
        let token = |organization: Option<&str>| CachedToken {
            target: TokenTarget { resource: None, organization: organization.and_then(OrganizationId::new) },
            scopes: crate::types::Scopes::default(),
            expires: UnixTime(100),
            received: UnixTime(1),
            secret: None,
            handed_out: false,
        };
        let holding = || {
            let mut session = session(0, 0);
            [None, Some("acme"), Some("globex")]
                .map(token)
                .into_iter()
                .for_each(|token| session.cache_token(token));
            session
        };
        let left = |claims: serde_json::Value, asked: i64, now: i64| {
            let mut session = holding();
            session.claims_asked = UnixTime(5);
            session.renew_claims(claims.as_object().expect("object"), UnixTime(asked), UnixTime(now));
            session.tokens.len()
        };
        assert_eq!(left(serde_json::json!({ "organizations": ["acme", "globex"] }), 6, 6), 3);
        assert_eq!(left(serde_json::json!({ "organizations": ["globex"] }), 6, 6), 2);
        assert_eq!(left(serde_json::json!({ "organizations": [] }), 6, 6), 1);
        assert_eq!(left(serde_json::json!({}), 6, 6), 3, "a token that names none says nothing of them");
        assert_eq!(left(serde_json::json!({ "organizations": [] }), 4, 6), 3, "older than what is known");
        assert_eq!(left(serde_json::json!({ "organizations": [] }), 4, 4), 1, "the clock was set back");
    }

    #[test]
    fn the_only_organization_is_the_current_one() {
        let mut one = session(0, 0);
        one.set_claims(serde_json::json!({"organizations": ["acme"]}).as_object().expect("object"));
        assert_eq!(one.current_organization(), OrganizationId::new("acme"));
        one.set_claims(serde_json::json!({"organizations": ["acme", "globex"]}).as_object().expect("object"));
        assert_eq!(one.current_organization(), None);
        one.organization = OrganizationId::new("globex");
        assert_eq!(one.current_organization(), OrganizationId::new("globex"));
    }
}
