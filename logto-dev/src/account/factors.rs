//! Factors of multi-factor authentication.

use serde_json::{Value, json};

use super::caller::{Caller, editable, shown};
use super::center::AccountField;
use super::error::Refusal;
use super::profile::update;
use super::route::{AccountCall, changed};
use crate::http::{Response, iso_date};
use crate::random;
use crate::state::State;

/// A factor of multi-factor authentication, for [`User::mfa_factor`](crate::User::mfa_factor). The sign-in page does not
/// ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaFactor {
    /// An authenticator app.
    Totp,
    /// Backup codes, of which so many are left.
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
    pub(crate) factor: MfaFactor,
}

impl HeldFactor {
    pub(crate) fn new(factor: MfaFactor) -> Self {
        Self { id: random::record_id(), factor }
    }

    fn to_json(&self, created_at: i64) -> Value {
        let (id, created) = (&self.id, iso_date(created_at));
        match &self.factor {
            MfaFactor::Totp => json!({ "id": id, "createdAt": created, "type": "Totp" }),
            MfaFactor::BackupCode { remaining } => {
                json!({ "id": id, "createdAt": created, "type": "BackupCode", "remainCodes": remaining })
            }
            MfaFactor::WebAuthn { name } => {
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
