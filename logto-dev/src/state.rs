//! The state of a running tenant: grants, tokens, sessions, interactions.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::Webhook;
use crate::account::AccountState;
use crate::customizer::Customizers;
use crate::keys::KeyRing;
use crate::model::Directory;
use crate::oidc::{Authorization, Interaction, Pushed};
use crate::random;

pub(crate) const CODE_LIFE_MS: i64 = 60_000;
pub(crate) const OPAQUE_TOKEN_LIFE_MS: i64 = 3_600_000;
pub(crate) const SESSION_LIFE_MS: i64 = 14 * 86_400_000;

pub(crate) struct State {
    pub(crate) directory: Directory,
    pub(crate) keys: KeyRing,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) interactions: HashMap<String, Interaction>,
    pub(crate) pushed: HashMap<String, Pushed>,
    pub(crate) grants: HashMap<String, Grant>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) subject_tokens: HashMap<String, SubjectToken>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) customizers: Customizers,
    /// Claims of access tokens by user id, beside those of the customizer.
    pub(crate) custom_claims: HashMap<String, Map<String, Value>>,
    /// The ids of the users in the description of the tenant. Others registered while it ran.
    pub(crate) described_users: HashSet<String>,
    pub(crate) account: AccountState,
    pub(crate) cookie_secret: String,
}

/// A subject token for token exchange: a personal access token, or with an expiry an impersonation token.
#[derive(Clone, Debug)]
pub(crate) struct SubjectToken {
    pub(crate) user_id: String,
    pub(crate) expires_at: Option<i64>,
}

/// A browser's session at the tenant, found by the value of its cookie.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Does not change with the cookie's value.
    pub(crate) uid: String,
    pub(crate) user_id: Option<String>,
    pub(crate) login_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) clients: HashMap<String, ClientSession>,
    pub(crate) ending: Option<Ending>,
    pub(crate) opened: Opening,
}

/// How a session was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) client_id: String,
    /// The username at that time.
    pub(crate) username: String,
    /// The verification record of the sign-in.
    pub(crate) record_id: String,
    pub(crate) user_agent: Option<String>,
}

/// The part of a session for one application.
#[derive(Clone, Debug)]
pub(crate) struct ClientSession {
    pub(crate) grant_id: String,
    pub(crate) sid: String,
}

/// A sign-out that waits for its confirmation.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) xsrf: String,
    pub(crate) location: Option<String>,
}

/// What a user has granted to an application. All tokens of the grant end with it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user_id: String,
    pub(crate) client_id: String,
    pub(crate) created_at: i64,
    pub(crate) scopes: Vec<String>,
    pub(crate) resource_scopes: HashMap<String, Vec<String>>,
    /// The organizations a third-party application may get tokens for; `None` for all.
    pub(crate) organizations: Option<Vec<String>>,
}

/// The basis of a code and of all tokens that are issued for it.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    /// The session that the tokens end with; `None` with `offline_access`.
    pub(crate) session_uid: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: Option<i64>,
    pub(crate) sid: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) basis: Basis,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) session_uid: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// The claims of a JWT customizer, which introspection returns.
    pub(crate) extra: Map<String, Value>,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) basis: Basis,
    pub(crate) issued_at: i64,
    /// When the first token of the chain was issued.
    pub(crate) line_began_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) replaced_at: Option<i64>,
}

impl State {
    pub(crate) fn new(directory: Directory, keys: KeyRing) -> Self {
        Self {
            described_users: directory.users.iter().map(|user| user.id.clone()).collect(),
            directory,
            keys,
            sessions: HashMap::new(),
            interactions: HashMap::new(),
            pushed: HashMap::new(),
            grants: HashMap::new(),
            codes: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
            subject_tokens: HashMap::new(),
            webhooks: Vec::new(),
            customizers: Customizers::default(),
            custom_claims: HashMap::new(),
            account: AccountState::default(),
            cookie_secret: random::token(),
        }
    }

    /// Whether tokens of a grant may still be used.
    pub(crate) fn is_alive(&self, grant_id: &str, session_uid: Option<&str>, now: i64) -> bool {
        self.grants.contains_key(grant_id) && session_uid.is_none_or(|uid| self.session_is_alive(uid, now))
    }

    fn session_is_alive(&self, uid: &str, now: i64) -> bool {
        self.sessions.values().any(|session| session.uid == uid && session.expires_at > now)
    }

    /// Ends a grant with all its codes and tokens.
    pub(crate) fn revoke_grant(&mut self, grant_id: &str) {
        self.grants.remove(grant_id);
        self.codes.retain(|_, code| code.basis.grant_id != grant_id);
        self.access_tokens.retain(|_, token| token.grant_id != grant_id);
        self.refresh_tokens.retain(|_, token| token.basis.grant_id != grant_id);
    }

    /// Ends all sessions, grants and tokens of a user.
    pub(crate) fn sign_out_everywhere(&mut self, user_id: &str) {
        self.sessions.retain(|_, session| session.user_id.as_deref() != Some(user_id));
        let grants: Vec<String> = self
            .grants
            .iter()
            .filter(|(_, grant)| grant.user_id == user_id)
            .map(|(id, _)| id.clone())
            .collect();
        for grant in grants {
            self.revoke_grant(&grant);
        }
    }

    /// Ends what is known of a user who is gone.
    pub(crate) fn forget_user(&mut self, user_id: &str) {
        self.sign_out_everywhere(user_id);
        self.subject_tokens.retain(|_, token| token.user_id != user_id);
        self.custom_claims.remove(user_id);
        self.account.records.retain(|_, record| record.user_id != user_id);
        self.account.provider_tokens.retain(|(owner, _), _| owner != user_id);
    }

    /// Ends what is known of an application that is gone.
    pub(crate) fn forget_application(&mut self, client_id: &str) {
        let grants = self.grants.iter().filter(|(_, grant)| grant.client_id == client_id);
        let grants: Vec<String> = grants.map(|(id, _)| id.clone()).collect();
        for grant in grants {
            self.revoke_grant(&grant);
        }
        self.interactions.retain(|_, waiting| waiting.authorization.client_id != client_id);
        for session in self.sessions.values_mut() {
            session.clients.remove(client_id);
        }
    }

    pub(crate) fn issue_code(&mut self, basis: Basis, authorization: &Authorization, now: i64) -> String {
        let code = random::token();
        let entry = Code {
            basis,
            redirect_uri: authorization.redirect_uri.clone(),
            challenge: authorization.challenge.clone(),
            expires_at: now + CODE_LIFE_MS,
            used: false,
        };
        self.codes.insert(code.clone(), entry);
        code
    }

    /// Removes expired entries, so that a tenant can run for weeks.
    pub(crate) fn forget_expired(&mut self, now: i64) {
        self.codes.retain(|_, code| code.expires_at > now);
        self.access_tokens.retain(|_, token| token.expires_at > now);
        self.refresh_tokens.retain(|_, token| token.expires_at > now);
        self.pushed.retain(|_, pushed| pushed.expires_at > now);
        self.interactions.retain(|_, interaction| interaction.expires_at > now);
        self.sessions.retain(|_, session| session.expires_at > now);
    }
}
