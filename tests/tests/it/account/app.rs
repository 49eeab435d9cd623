//! An application with a route for each call.

use logto_rocket::{
    AccountError, AccountIdentifier, AccountUpdate, BackupCodes, LogtoFairing, ProfileMembers, RevokeGrants,
    SentCode, SessionData, SessionValue, TotpSecret, User, Verification, require_auth,
};
use rocket::figment::Figment;
use rocket::form::Form;
use rocket::serde::json::Json;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Build, FromForm, Rocket, get, post, routes};
use serde_json::{Value, json};

pub(crate) fn rocket(figment: Figment, fairing: LogtoFairing) -> Rocket<Build> {
    let routes = routes![
        known,
        profile,
        rename,
        nothing,
        members,
        custom_data,
        username,
        confirm,
        send_code,
        verify_code,
        set_identifier,
        remove_email,
        password,
        factors,
        remove_factor,
        new_totp,
        add_totp,
        new_codes,
        add_codes,
        backup_codes,
        identities,
        unlink,
        sessions,
        end_session,
        grants,
        revoke,
        provider_token
    ];
    rocket::custom(figment).attach(fairing).mount("/", routes)
}

/// What the user has confirmed so far.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde", default)]
struct Steps {
    identity: Option<Verification>,
    sent: Option<SentCode>,
    address: Option<Verification>,
    totp: Option<TotpSecret>,
    codes: Option<BackupCodes>,
}

impl SessionValue for Steps {
    const NAME: &'static str = "steps";
}

#[derive(FromForm)]
struct Fields {
    name: Option<String>,
    password: Option<String>,
    address: Option<String>,
    code: Option<String>,
    value: Option<String>,
    grants: Option<String>,
}

impl Fields {
    fn value(&self) -> String {
        self.value.clone().unwrap_or_default()
    }

    fn address(&self) -> AccountIdentifier {
        let address = self.address.clone().unwrap_or_default();
        if address.contains('@') {
            AccountIdentifier::Email(address)
        } else {
            AccountIdentifier::Phone(address)
        }
    }
}

type Answer = Result<Json<Value>, AccountError>;

fn identity(steps: &Steps) -> Result<&Verification, AccountError> {
    steps.identity.as_ref().ok_or(AccountError::VerificationNeeded)
}

#[require_auth(via = "session")]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth(via = "session")]
#[get("/profile")]
async fn profile(user: User) -> Answer {
    let profile = user.account().profile().await?;
    Ok(Json(json!({
        "id": profile.id, "name": profile.name, "username": profile.username, "email": profile.primary_email,
        "phone": profile.primary_phone, "members": profile.profile, "custom_data": profile.custom_data,
        "has_password": profile.has_password, "identities": profile.identities().map(|linked| linked.len()),
        "created": profile.created_at().is_some(),
    })))
}

#[require_auth(via = "session")]
#[post("/name", data = "<fields>")]
async fn rename(user: User, fields: Form<Fields>) -> Answer {
    let update = match &fields.name {
        Some(name) => AccountUpdate::new().name(name),
        None => AccountUpdate::new().without_name(),
    };
    let update = match &fields.value {
        Some(avatar) => update.avatar(avatar),
        None => update,
    };
    Ok(Json(json!(user.account().update(&update).await?.name)))
}

#[require_auth(via = "session")]
#[post("/nothing")]
async fn nothing(user: User) -> Answer {
    Ok(Json(json!(user.account().update(&AccountUpdate::new()).await?.name)))
}

#[require_auth(via = "session")]
#[post("/members", data = "<fields>")]
async fn members(user: User, fields: Form<Fields>) -> Answer {
    let mut change = ProfileMembers::default();
    change.nickname = Some(fields.value());
    Ok(Json(json!(user.account().update_profile(&change).await?)))
}

#[require_auth(via = "session")]
#[post("/custom-data", data = "<fields>")]
async fn custom_data(user: User, fields: Form<Fields>) -> Answer {
    let data = [("theme".to_owned(), json!(fields.value))].into_iter().collect();
    let update = AccountUpdate::new().name("Renamed").custom_data(data);
    Ok(Json(json!(user.account().update(&update).await?.custom_data)))
}

#[require_auth(via = "session")]
#[post("/username", data = "<fields>")]
async fn username(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let steps = steps.get();
    let profile = user.account().set_username(fields.value.as_deref(), identity(&steps)?).await?;
    Ok(Json(json!(profile.username)))
}

#[require_auth(via = "session")]
#[post("/confirm", data = "<fields>")]
async fn confirm(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let identity = user.account().verify_password(fields.password.as_deref().unwrap_or_default()).await?;
    steps.update(|steps| steps.identity = Some(identity.clone())).await?;
    Ok(Json(json!(identity.expires_at())))
}

#[require_auth(via = "session")]
#[post("/code", data = "<fields>")]
async fn send_code(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let sent = user.account().send_verification_code(&fields.address()).await?;
    steps.update(|steps| steps.sent = Some(sent.clone())).await?;
    Ok(Json(json!(sent.to().value())))
}

#[require_auth(via = "session")]
#[post("/code/verify?<whose>", data = "<fields>")]
async fn verify_code(user: User, whose: &str, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let known = steps.get();
    let sent = known.sent.as_ref().ok_or(AccountError::CodeExpired)?;
    let proof = user.account().verify_code(sent, fields.code.as_deref().unwrap_or_default()).await?;
    let is_new = whose == "new";
    steps
        .update(|steps| {
            let slot = if is_new { &mut steps.address } else { &mut steps.identity };
            *slot = Some(proof.clone());
        })
        .await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[post("/identifier", data = "<fields>")]
async fn set_identifier(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let steps = steps.get();
    let proof = steps.address.as_ref().ok_or(AccountError::AddressNotVerified)?;
    user.account().set_identifier(&fields.address(), proof, identity(&steps)?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[post("/email/remove")]
async fn remove_email(user: User, steps: SessionData<Steps>) -> Answer {
    user.account().remove_email(identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[post("/password", data = "<fields>")]
async fn password(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let password = fields.password.as_deref().unwrap_or_default();
    user.account().set_password(password, identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[get("/factors")]
async fn factors(user: User) -> Answer {
    let factors = user.account().mfa_factors().await?;
    Ok(Json(
        factors
            .iter()
            .map(|factor| json!([factor.id, format!("{:?}", factor.kind), factor.remaining_codes]))
            .collect(),
    ))
}

#[require_auth(via = "session")]
#[post("/factors/<id>/remove")]
async fn remove_factor(user: User, id: &str, steps: SessionData<Steps>) -> Answer {
    user.account().remove_mfa_factor(id, identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[post("/factors/totp")]
async fn new_totp(user: User, steps: SessionData<Steps>) -> Answer {
    let totp = user.account().generate_totp_secret().await?;
    steps.update(|steps| steps.totp = Some(totp.clone())).await?;
    Ok(Json(json!([totp.secret(), totp.address("Example Shop", user.subject())])))
}

#[require_auth(via = "session")]
#[post("/factors/totp/add", data = "<fields>")]
async fn add_totp(user: User, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let steps = steps.get();
    let totp = steps.totp.as_ref().ok_or(AccountError::NotFound)?;
    let code = fields.code.as_deref().unwrap_or_default();
    user.account().add_totp(totp, code, identity(&steps)?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[post("/factors/codes")]
async fn new_codes(user: User, steps: SessionData<Steps>) -> Answer {
    let codes = user.account().generate_backup_codes().await?;
    steps.update(|steps| steps.codes = Some(codes.clone())).await?;
    Ok(Json(codes.iter().collect()))
}

#[require_auth(via = "session")]
#[post("/factors/codes/add")]
async fn add_codes(user: User, steps: SessionData<Steps>) -> Answer {
    let steps = steps.get();
    let codes = steps.codes.as_ref().ok_or(AccountError::NotFound)?;
    user.account().add_backup_codes(codes, identity(&steps)?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[get("/factors/codes")]
async fn backup_codes(user: User, steps: SessionData<Steps>) -> Answer {
    let codes = user.account().backup_codes(identity(&steps.get())?).await?;
    assert!(codes.iter().all(|code| code.used_at().is_none()));
    Ok(Json(codes.iter().map(|code| json!(code.code())).collect()))
}

#[require_auth(via = "session")]
#[get("/identities")]
async fn identities(user: User) -> Answer {
    let linked = user.account().identities().await?;
    Ok(Json(linked.iter().map(|identity| json!([identity.target, identity.user_id])).collect()))
}

#[require_auth(via = "session")]
#[post("/identities/<target>/unlink")]
async fn unlink(user: User, target: &str, steps: SessionData<Steps>) -> Answer {
    user.account().unlink_identity(target, identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[get("/sessions")]
async fn sessions(user: User, steps: SessionData<Steps>) -> Answer {
    let sessions = user.account().sessions(identity(&steps.get())?).await?;
    Ok(Json(
        sessions
            .iter()
            .map(|session| json!([session.id, session.is_current, session.application_ids]))
            .collect(),
    ))
}

#[require_auth(via = "session")]
#[post("/sessions/<id>/end", data = "<fields>")]
async fn end_session(user: User, id: &str, fields: Form<Fields>, steps: SessionData<Steps>) -> Answer {
    let grants = match fields.grants.as_deref() {
        Some("all") => RevokeGrants::All,
        Some("first-party") => RevokeGrants::FirstParty,
        _ => RevokeGrants::None,
    };
    user.account().end_session(id, grants, identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[get("/grants")]
async fn grants(user: User, steps: SessionData<Steps>) -> Answer {
    let grants = user.account().grants(identity(&steps.get())?).await?;
    Ok(Json(grants.iter().map(|grant| json!([grant.id, grant.application_name, grant.scopes])).collect()))
}

#[require_auth(via = "session")]
#[post("/grants/<id>/revoke")]
async fn revoke(user: User, id: &str, steps: SessionData<Steps>) -> Answer {
    user.account().revoke_grant(id, identity(&steps.get())?).await?;
    Ok(Json(json!(null)))
}

#[require_auth(via = "session")]
#[get("/provider/<target>")]
async fn provider_token(user: User, target: &str) -> Answer {
    match user.provider_token(target).await {
        Ok(token) => Ok(Json(json!({
            "secret": token.secret(), "scope": token.scope(), "expires": token.expires_at().is_some(),
        }))),
        Err(error) => {
            assert_eq!(error.needs_reconnect(), error.code().starts_with("provider_token"));
            Err(error)
        }
    }
}
