//! Which token of a session is asked for.

use std::borrow::Cow;
use std::time::Duration;

use super::renewal_margin::within_life;
use crate::clock::UnixTime;
use crate::session::{CachedToken, Session, TokenTarget};
use crate::types::Secret;

/// Which token is wanted, and what of it.
#[derive(Debug, Clone)]
pub(crate) struct TokenRequest {
    pub(super) target: TokenTarget,
    /// The token itself, to be sent somewhere; else only what it allows.
    pub(super) secret: bool,
    /// A token that was refused where it was sent.
    pub(super) other_than: Option<Secret>,
    /// One asked for later than that.
    pub(super) after: Option<UnixTime>,
    /// Whether Logto is asked whatever the session holds, and everything older goes.
    pub(super) anew: bool,
}

impl TokenRequest {
    pub(crate) fn scopes(target: TokenTarget) -> Self {
        TokenRequest { target, secret: false, other_than: None, after: None, anew: false }
    }

    pub(crate) fn secret(target: TokenTarget) -> Self {
        TokenRequest { target, secret: true, other_than: None, after: None, anew: false }
    }

    /// A token that was asked for later than `after`. With it comes an ID token.
    pub(crate) fn asked_after(self, after: UnixTime) -> Self {
        TokenRequest { after: Some(after), ..self }
    }

    /// The same for a token that was asked for later than `limit` as well.
    pub(super) fn also_after(&self, limit: Option<UnixTime>) -> Cow<'_, Self> {
        if limit <= self.after {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(TokenRequest { after: limit, ..self.clone() })
        }
    }

    /// What Logto says of the user from now on. With it comes an ID token, and what the session has learned before is
    /// forgotten.
    pub(crate) fn anew() -> Self {
        TokenRequest { anew: true, ..TokenRequest::scopes(TokenTarget::userinfo()) }
    }

    pub(crate) fn other_than(refused: Secret, target: TokenTarget) -> Self {
        TokenRequest { target, secret: true, other_than: Some(refused), after: None, anew: false }
    }

    /// The token in `session` that answers this request, if it lives longer than `margin` from `now`.
    pub(super) fn answered_by<'s>(
        &self,
        session: &'s Session,
        margin: Duration,
        now: UnixTime,
    ) -> Option<&'s CachedToken> {
        session
            .cached_token(&self.target)
            .filter(|_| !self.anew)
            .filter(|token| token.expires > now.plus(within_life(margin, token.life())))
            .filter(|token| !self.secret || token.secret.is_some())
            // A token from the future was asked for before the clock was set back: nobody knows how old it is.
            .filter(|token| self.after.is_none_or(|after| token.received > after && token.received <= now))
            .filter(|token| self.other_than.is_none() || token.secret != self.other_than)
    }
}
