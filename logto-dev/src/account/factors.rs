//! Factors of multi-factor authentication.

use serde_json::{Value, json};

use super::caller::{Caller, editable, shown};
use super::center::AccountField;
use super::error::Refusal;
use super::profile::update;
use super::route::{AccountCall, changed};
use super::{input, totp};
use crate::http::{Response, iso_date};
use crate::random;
use crate::state::State;

/// How many Logto generates.
const BACKUP_CODES: usize = 10;

/// A factor of multi-factor authentication, for [`User::mfa_factor`](crate::User::mfa_factor). The sign-in page does not
/// ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaFactor {
    /// An authenticator app.
    Totp,
    /// Backup codes, of which so many are left. Their values are random.
    BackupCode {
        /// How many.
        remaining: u32,
    },
    /// A passkey.
    WebAuthn {
        /// The name that the user gave it.
        name: String,
    },
}

/// A factor of a user.
#[derive(Clone, Debug)]
pub(crate) struct HeldFactor {
    pub(crate) id: String,
    kind: Kind,
    /// In milliseconds since 1970. `None`: with the user.
    created_at: Option<i64>,
}

#[derive(Clone, Debug)]
enum Kind {
    Totp,
    BackupCode { codes: Vec<String> },
    WebAuthn { name: String },
}

impl HeldFactor {
    pub(crate) fn new(factor: MfaFactor) -> Self {
        let kind = match factor {
            MfaFactor::Totp => Kind::Totp,
            MfaFactor::BackupCode { remaining } => {
                Kind::BackupCode { codes: (0..remaining).map(|_| random::backup_code()).collect() }
            }
            MfaFactor::WebAuthn { name } => Kind::WebAuthn { name },
        };
        Self { id: random::record_id(), kind, created_at: None }
    }

    fn to_json(&self, user_created_at: i64) -> Value {
        let (id, created) = (&self.id, iso_date(self.created_at.unwrap_or(user_created_at)));
        match &self.kind {
            Kind::Totp => json!({ "id": id, "createdAt": created, "type": "Totp" }),
            Kind::BackupCode { codes } => {
                json!({ "id": id, "createdAt": created, "type": "BackupCode", "remainCodes": codes.len() })
            }
            Kind::WebAuthn { name } => {
                json!({ "id": id, "createdAt": created, "type": "WebAuthn", "agent": null, "name": name })
            }
        }
    }
}

/// `GET my-account/mfa-verifications`.
pub(super) fn list(state: &State, caller: &Caller) -> Result<Response, Refusal> {
    shown(state, AccountField::Mfa)?;
    caller.needs_scope("identities", 401)?;
    let user = state.directory.user(&caller.user_id);
    let factors = user.map(|user| {
        let created = user.created_at.unwrap_or_default();
        user.factors.iter().map(|held| held.to_json(created)).collect::<Vec<_>>()
    });
    Ok(Response::json(200, &factors.unwrap_or_default().into()))
}

/// `POST my-account/mfa-verifications/totp-secret/generate`. It needs no scope, and changes nothing.
pub(super) fn new_totp_secret() -> Response {
    Response::json(200, &json!({ "secret": totp::new_secret() }))
}

/// `POST my-account/mfa-verifications/backup-codes/generate`. The same.
pub(super) fn new_backup_codes() -> Response {
    let codes: Vec<_> = (0..BACKUP_CODES).map(|_| random::backup_code()).collect();
    Response::json(200, &json!({ "codes": codes }))
}

/// `POST my-account/mfa-verifications`. The code of an authenticator app is checked if there is one, and an empty one is
/// none.
pub(super) fn add(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let (kind, now) = (input::text(&call.body, "type")?, call.call.now);
    call.caller.needs_verification()?;
    call.caller.needs_scope("identities", 401)?;
    editable(state, AccountField::Mfa)?;
    if !state.account.center.has_mfa_factors() {
        return Err(Refusal::new(400, "session.mfa.mfa_factor_not_enabled"));
    }
    let user = state.directory.user(&call.caller.user_id);
    let held = |is_one: fn(&Kind) -> bool| {
        user.is_some_and(|user| user.factors.iter().any(|held| is_one(&held.kind)))
    };
    let kind = match kind.as_str() {
        "Totp" => {
            if held(|kind| matches!(kind, Kind::Totp)) {
                return Err(Refusal::new(422, "user.totp_already_in_use"));
            }
            let secret = input::text(&call.body, "secret")?;
            let code = call.body.get("code").and_then(Value::as_str).filter(|code| !code.is_empty());
            if code.is_some_and(|code| !totp::accepts(&secret, code, now)) {
                return Err(Refusal::new(400, "session.mfa.invalid_totp_code"));
            }
            Kind::Totp
        }
        "BackupCode" => {
            if held(|kind| matches!(kind, Kind::BackupCode { codes } if !codes.is_empty())) {
                return Err(Refusal::new(422, "user.backup_code_already_in_use"));
            }
            if !held(|kind| !matches!(kind, Kind::BackupCode { .. })) {
                return Err(Refusal::new(422, "session.mfa.backup_code_can_not_be_alone"));
            }
            Kind::BackupCode { codes: input::texts(&call.body, "codes")? }
        }
        // A passkey needs a ceremony in the browser, at Logto's own address.
        _ => return Err(Refusal::no_such_record()),
    };
    let added = HeldFactor { id: random::record_id(), kind, created_at: Some(now) };
    update(state, call, |user| user.factors.push(added));
    Ok(changed(state, &call.caller.user_id, Response::new(204)))
}

/// `GET my-account/mfa-verifications/backup-codes`.
pub(super) fn backup_codes(state: &State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    call.caller.needs_verification()?;
    call.caller.needs_scope("identities", 401)?;
    let user = state.directory.user(&call.caller.user_id);
    let codes = user.and_then(|user| {
        user.factors.iter().find_map(|held| match &held.kind {
            Kind::BackupCode { codes } => Some(codes),
            Kind::Totp | Kind::WebAuthn { .. } => None,
        })
    });
    let codes = codes.ok_or_else(|| Refusal::new(404, "verification_record.not_found"))?;
    let codes: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
    Ok(Response::json(200, &json!({ "codes": codes })))
}

/// `DELETE my-account/mfa-verifications/:id`.
pub(super) fn remove(state: &mut State, call: &AccountCall<'_>, id: &str) -> Result<Response, Refusal> {
    call.caller.needs_verification()?;
    editable(state, AccountField::Mfa)?;
    call.caller.needs_scope("identities", 401)?;
    let user = state.directory.user(&call.caller.user_id);
    if user.is_none_or(|user| user.factors.iter().all(|held| held.id != id)) {
        return Err(Refusal::no_such_record());
    }
    update(state, call, |user| user.factors.retain(|held| held.id != id));
    Ok(changed(state, &call.caller.user_id, Response::new(204)))
}
