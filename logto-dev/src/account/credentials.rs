//! The password, the e-mail address and the phone number. Changing them needs a verification record.

use serde_json::json;

use super::caller::editable;
use super::center::AccountField;
use super::error::Refusal;
use super::input;
use super::profile::update;
use super::route::{AccountCall, changed};
use crate::http::Response;
use crate::state::State;

/// Logto's default policy.
const SHORTEST_PASSWORD: usize = 8;

/// `POST my-account/password`. It needs no scope.
pub(super) fn set_password(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let password = input::filled_text(&call.body, "password")?;
    editable(state, AccountField::Password)?;
    call.caller.needs_verification()?;
    if password.chars().count() < SHORTEST_PASSWORD {
        let reason =
            json!([{ "code": "password_rejected.too_short", "interpolation": { "min": SHORTEST_PASSWORD } }]);
        return Err(Refusal::new(422, "password.rejected").with_data(reason));
    }
    let user = state.directory.user(&call.caller.user_id);
    if user.is_some_and(|user| user.password.as_deref() == Some(password.as_str())) {
        return Err(Refusal::new(422, "user.same_password"));
    }
    update(state, call, |user| user.password = Some(password));
    Ok(changed(state, &call.caller.user_id, Response::new(204)))
}

/// `POST my-account/primary-email` and `primary-phone`: the new one needs a record of its own.
pub(super) fn set_identifier(
    state: &mut State,
    call: &AccountCall<'_>,
    kind: &str,
) -> Result<Response, Refusal> {
    let is_email = kind == "primary-email";
    let (name, field) =
        if is_email { ("email", AccountField::Email) } else { ("phone", AccountField::Phone) };
    let wanted = input::text(&call.body, name)?;
    let record = input::text(&call.body, "newIdentifierVerificationRecordId")?;
    call.caller.needs_verification()?;
    editable(state, field)?;
    call.caller.needs_scope(name, 400)?;
    let user_id = &call.caller.user_id;
    let record = state.account.records.get(&record);
    if record.is_none_or(|record| !record.proves_address(user_id, &wanted, call.call.now)) {
        return Err(Refusal::no_such_record());
    }
    let holds = |held: &Option<String>| held.as_deref() == Some(wanted.as_str());
    let others = state.directory.users.iter().filter(|user| user.id != *user_id);
    let taken = others.into_iter().any(|user| holds(if is_email { &user.email } else { &user.phone }));
    if taken {
        let code = if is_email { "user.email_already_in_use" } else { "user.phone_already_in_use" };
        return Err(Refusal::new(422, code));
    }
    update(state, call, |user| {
        let held = if is_email { &mut user.email } else { &mut user.phone };
        *held = Some(wanted);
    });
    Ok(changed(state, user_id, Response::new(204)))
}

/// `DELETE my-account/primary-email` and `primary-phone`.
pub(super) fn remove_identifier(
    state: &mut State,
    call: &AccountCall<'_>,
    kind: &str,
) -> Result<Response, Refusal> {
    let is_email = kind == "primary-email";
    let (name, field) =
        if is_email { ("email", AccountField::Email) } else { ("phone", AccountField::Phone) };
    call.caller.needs_verification()?;
    editable(state, field)?;
    call.caller.needs_scope(name, 400)?;
    update(state, call, |user| {
        let held = if is_email { &mut user.email } else { &mut user.phone };
        *held = None;
    });
    Ok(changed(state, &call.caller.user_id, Response::new(204)))
}
