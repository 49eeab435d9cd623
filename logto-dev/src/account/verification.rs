//! Verification records: proofs that a user has just shown who they are, or that an address is theirs.

use serde_json::json;

use super::error::Refusal;
use super::input;
use super::route::AccountCall;
use crate::http::{Response, iso_date};
use crate::random;
use crate::state::State;

const LIFE_MS: i64 = 600_000;

/// A verification record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) user_id: String,
    expires_at: i64,
    proof: Proof,
}

#[derive(Clone, Debug)]
enum Proof {
    Password,
    /// A code that was sent to an address or a number.
    Code {
        address: String,
        code: String,
        verified: bool,
    },
}

impl Record {
    /// Whether it shows that the user is who they are: by the password, or by a code to their present address.
    pub(super) fn proves_identity(&self, user_id: &str, now: i64) -> bool {
        let verified = match &self.proof {
            Proof::Password => true,
            Proof::Code { verified, .. } => *verified,
        };
        self.user_id == user_id && self.expires_at > now && verified
    }

    /// Whether it shows that an address is the user's.
    pub(super) fn proves_address(&self, user_id: &str, wanted: &str, now: i64) -> bool {
        let Proof::Code { address, .. } = &self.proof else { return false };
        address == wanted && self.proves_identity(user_id, now)
    }

    /// The code that was sent to an address, for tests.
    pub(crate) fn code_for(&self, wanted: &str) -> Option<(i64, &str)> {
        match &self.proof {
            Proof::Code { address, code, .. } if address == wanted => Some((self.expires_at, code)),
            _ => None,
        }
    }
}

/// `POST verifications/password`.
pub(super) fn by_password(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let password = input::text(&call.body, "password")?;
    let user = state.directory.user(&call.caller.user_id);
    if user.is_none_or(|user| user.password.as_deref() != Some(password.as_str())) {
        return Err(Refusal::new(422, "session.invalid_credentials"));
    }
    Ok(kept(state, call, Proof::Password))
}

/// `POST verifications/verification-code`.
pub(super) fn send_code(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let (kind, address) = identifier(call)?;
    if kind == "phone" && !state.account.center.has_sms_connector() {
        return Err(Refusal::new(501, "connector.not_found"));
    }
    let code = random::digits();
    Ok(kept(state, call, Proof::Code { address, code, verified: false }))
}

/// `POST verifications/verification-code/verify`.
pub(super) fn by_code(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let (_, wanted) = identifier(call)?;
    let id = input::text(&call.body, "verificationId")?;
    let shown = input::text(&call.body, "code")?;
    let record = state.account.records.get_mut(&id).filter(|record| record.user_id == call.caller.user_id);
    let Some(Record { proof: Proof::Code { address, code, verified }, expires_at, .. }) = record else {
        return Err(Refusal::no_such_record());
    };
    if *address != wanted || *expires_at <= call.call.now {
        return Err(Refusal::no_such_record());
    }
    if *code != shown {
        return Err(Refusal::new(400, "verification_code.code_mismatch"));
    }
    *verified = true;
    Ok(Response::json(200, &json!({ "verificationRecordId": id })))
}

/// The kind and the value of the identifier in the body.
fn identifier(call: &AccountCall<'_>) -> Result<(String, String), Refusal> {
    let identifier = input::object(&call.body, "identifier")?;
    let member = |name: &str| {
        let value = identifier.and_then(|identifier| identifier.get(name));
        input::text_at(value, &["identifier", name])
    };
    Ok((member("type")?, member("value")?))
}

fn kept(state: &mut State, call: &AccountCall<'_>, proof: Proof) -> Response {
    let (id, expires_at) = (random::record_id(), call.call.now + LIFE_MS);
    state.account.records.retain(|_, record| record.expires_at > call.call.now);
    let record = Record { user_id: call.caller.user_id.clone(), expires_at, proof };
    state.account.records.insert(id.clone(), record);
    Response::json(201, &json!({ "verificationRecordId": id, "expiresAt": iso_date(expires_at) }))
}
