//! Who calls the Account API, and what the call may do.

use serde_json::json;

use super::center::AccountField;
use super::error::Refusal;
use crate::oidc::Call;
use crate::state::State;

/// The user who calls, by an opaque access token.
pub(super) struct Caller {
    pub(super) user_id: String,
    pub(super) grant_id: String,
    scopes: Vec<String>,
    /// Whether the user has just shown who they are.
    verified: bool,
    third_party: bool,
}

impl Caller {
    /// The caller of a request. Only opaque access tokens with the scope `openid` are accepted.
    pub(super) fn of(state: &State, call: &Call<'_>) -> Result<Self, Refusal> {
        let header = call.request.header("authorization");
        let header = header.ok_or_else(|| Refusal::new(401, "auth.authorization_header_missing"))?;
        let token = header.strip_prefix("Bearer ").ok_or_else(|| {
            let refusal = Refusal::new(401, "auth.authorization_token_type_not_supported");
            refusal.with_data(json!({ "supportedTypes": ["Bearer"] }))
        })?;
        let unauthorized = || Refusal::unauthorized(401);
        let token = state.access_tokens.get(token).ok_or_else(unauthorized)?;
        let usable = token.expires_at > call.now
            && state.is_alive(&token.grant_id, token.session_uid.as_deref(), call.now)
            && state.directory.active_user(&token.user_id).is_some();
        if !usable {
            return Err(unauthorized());
        }
        if !token.scopes.iter().any(|scope| scope == "openid") {
            return Err(Refusal::new(403, "auth.forbidden"));
        }
        let record =
            call.request.header("logto-verification-id").and_then(|id| state.account.records.get(id));
        let application = state.directory.application(&token.client_id);
        Ok(Self {
            user_id: token.user_id.clone(),
            grant_id: token.grant_id.clone(),
            scopes: token.scopes.clone(),
            verified: record.is_some_and(|record| record.proves_identity(&token.user_id, call.now)),
            third_party: application.is_some_and(|application| application.is_third_party()),
        })
    }

    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// Fails without the scope, with the status that Logto has for this route.
    pub(super) fn needs_scope(&self, scope: &str, status: u16) -> Result<(), Refusal> {
        if self.has(scope) { Ok(()) } else { Err(Refusal::unauthorized(status)) }
    }

    /// Fails unless the request names a verification record of this user.
    pub(super) fn needs_verification(&self) -> Result<(), Refusal> {
        if self.verified { Ok(()) } else { Err(Refusal::needs_verification()) }
    }

    /// Third-party applications may read.
    pub(super) fn may_change(&self) -> Result<(), Refusal> {
        if self.third_party {
            return Err(Refusal::new(403, "auth.third_party_application_forbidden"));
        }
        Ok(())
    }
}

pub(super) fn shown(state: &State, field: AccountField) -> Result<(), Refusal> {
    if state.account.center.shows(field) { Ok(()) } else { Err(Refusal::field_not_enabled()) }
}

pub(super) fn editable(state: &State, field: AccountField) -> Result<(), Refusal> {
    if state.account.center.lets_edit(field) { Ok(()) } else { Err(Refusal::field_not_editable()) }
}
