//! The profile: what a user sees of their own account, and the members that need no proof of identity.

use serde_json::{Map, Value, json};
use url::Url;

use super::caller::{Caller, editable};
use super::center::AccountField;
use super::error::Refusal;
use super::input;
use super::route::{AccountCall, changed};
use crate::http::Response;
use crate::model::User;
use crate::state::State;
use crate::webhooks::profile;

pub(super) fn read(state: &State, caller: &Caller) -> Response {
    Response::json(200, &Value::Object(seen_by(state, caller)))
}

/// The members that the scopes of the token and the settings of the account center let the caller see.
fn seen_by(state: &State, caller: &Caller) -> Map<String, Value> {
    let mut members = Map::new();
    let Some(user) = state.directory.user(&caller.user_id) else { return members };
    let shows = |field| state.account.center.shows(field);
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    add("id", json!(user.id));
    let has_security_method = user.password.is_some() || user.email.is_some() || user.phone.is_some();
    add("hasSecurityVerificationMethod", json!(has_security_method));
    if caller.has("profile") {
        let created = user.created_at.unwrap_or_default();
        add("lastSignInAt", json!(user.last_sign_in_at));
        add("createdAt", json!(created));
        add("updatedAt", json!(user.updated_at.unwrap_or(created)));
        add("applicationId", json!(user.first_application));
        add("cimdClientId", Value::Null);
        add("isSuspended", json!(user.suspended));
        if shows(AccountField::Username) {
            add("username", user.username_or_null());
        }
        if shows(AccountField::Name) {
            add("name", json!(user.name));
        }
        if shows(AccountField::Avatar) {
            add("avatar", json!(user.picture));
        }
        if shows(AccountField::Profile) {
            add("profile", members_of_profile(user, caller.has("address")));
        }
        if shows(AccountField::Password) {
            add("hasPassword", json!(user.password.is_some()));
        }
    }
    let others = [
        ("email", AccountField::Email, "primaryEmail", json!(user.email)),
        ("phone", AccountField::Phone, "primaryPhone", json!(user.phone)),
        ("custom_data", AccountField::CustomData, "customData", user.custom_data.clone()),
        ("identities", AccountField::Social, "identities", user.identities.clone()),
    ];
    for (scope, field, name, value) in others {
        if caller.has(scope) && shows(field) {
            add(name, value);
        }
    }
    members
}

fn members_of_profile(user: &User, with_address: bool) -> Value {
    let mut members = profile(user);
    if let (Value::Object(members), Some(address)) =
        (&mut members, user.address.as_ref().filter(|_| with_address))
    {
        members.insert("address".into(), address.clone());
    }
    members
}

/// `PATCH my-account`: a name, a picture, a username, custom data. Custom data is replaced as a whole.
pub(super) fn change(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let (caller, body) = (&call.caller, &call.body);
    let name = input::nullable_text(body, "name")?;
    let avatar = input::nullable_text(body, "avatar")?;
    let username = input::nullable_text(body, "username")?;
    let custom_data = input::object(body, "customData")?;
    if avatar.iter().flatten().any(|avatar| Url::parse(avatar).is_err()) {
        return Err(input::not_a_url("avatar"));
    }
    if username.iter().flatten().any(|username| !is_username(username)) {
        return Err(input::does_not_match("username"));
    }
    for (is_there, field) in [
        (name.is_some(), AccountField::Name),
        (avatar.is_some(), AccountField::Avatar),
        (username.is_some(), AccountField::Username),
        (custom_data.is_some(), AccountField::CustomData),
    ] {
        if is_there {
            editable(state, field)?;
        }
    }
    if name.is_some() || avatar.is_some() || username.is_some() {
        caller.needs_scope("profile", 400)?;
    }
    if custom_data.is_some() {
        caller.needs_scope("custom_data", 400)?;
    }
    if username.is_some() {
        caller.needs_verification()?;
    }
    if name.is_none() && avatar.is_none() && username.is_none() && custom_data.is_none() {
        return Err(Refusal::nothing_to_change());
    }
    let taken = username.iter().flatten().any(|wanted| {
        state.directory.users.iter().any(|user| user.username == *wanted && user.id != caller.user_id)
    });
    if taken {
        return Err(Refusal::new(422, "user.username_already_in_use"));
    }
    update(state, call, |user| {
        if let Some(name) = name {
            user.name = name;
        }
        if let Some(avatar) = avatar {
            user.picture = avatar;
        }
        if let Some(username) = username {
            user.username = username.unwrap_or_default();
        }
        if let Some(data) = custom_data {
            user.custom_data = Value::Object(data.clone());
        }
    });
    let response = read(state, caller);
    Ok(changed(state, &caller.user_id, response))
}

/// Logto's rule for usernames.
fn is_username(text: &str) -> bool {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.chars().all(word)
        && !text.starts_with(|character: char| character.is_ascii_digit())
        && !text.is_empty()
}

/// `PATCH my-account/profile`: the members are merged, but for the address, which is replaced as a whole.
pub(super) fn change_members(state: &mut State, call: &AccountCall<'_>) -> Result<Response, Refusal> {
    let mut claims = Vec::new();
    for (member, claim) in MEMBERS {
        if call.body.contains_key(member) {
            claims.push((claim, input::text(&call.body, member)?));
        }
    }
    let address = input::object(&call.body, "address")?;
    editable(state, AccountField::Profile)?;
    call.caller.needs_scope("profile", 400)?;
    if address.is_some() {
        call.caller.needs_scope("address", 400)?;
    }
    let with_address = call.caller.has("address");
    update(state, call, |user| {
        user.profile.extend(claims.into_iter().map(|(claim, value)| (claim.to_owned(), value.into())));
        if let Some(address) = address {
            user.address = Some(Value::Object(address.clone()));
        }
    });
    let user = state.directory.user(&call.caller.user_id);
    let members = user.map(|user| members_of_profile(user, with_address)).unwrap_or_default();
    Ok(changed(state, &call.caller.user_id, Response::json(200, &members)))
}

/// The members of a profile, and the claims that they become.
const MEMBERS: [(&str, &str); 11] = [
    ("familyName", "family_name"),
    ("givenName", "given_name"),
    ("middleName", "middle_name"),
    ("nickname", "nickname"),
    ("preferredUsername", "preferred_username"),
    ("profile", "profile"),
    ("website", "website"),
    ("gender", "gender"),
    ("birthdate", "birthdate"),
    ("zoneinfo", "zoneinfo"),
    ("locale", "locale"),
];

/// Changes the caller's account.
pub(super) fn update(state: &mut State, call: &AccountCall<'_>, change: impl FnOnce(&mut User)) {
    if let Ok(user) = state.directory.find_user_mut(&call.caller.user_id) {
        change(user);
        user.updated_at = Some(call.call.now);
    }
}
