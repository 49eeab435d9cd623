//! Routes that need one thing each, for tests that need exactly that.

use std::time::UNIX_EPOCH;

use logto_dev::recorded::SHOPPING_API;
use logto_rocket::{
    AccessToken, Error, Identity, LogtoFairing, MaybeUser, OrgToken, OrganizationId, User, require_auth,
    with_access_token, with_org_token,
};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, get, post, routes};
use serde_json::{Value, json};

/// An application with `fairing` and these routes: `/plain` (open), `/open` (anybody, says who), `/known`, `/claims`,
/// `/orders`, `/any`, `/machine`, `/token`, `/ping`, `/userinfo`, and `/orgs/<org_id>/…` with `token`, `api`,
/// `orders`; `/organization` (the session's), `/organization/<id>` and `/organization` (to leave it; both by POST),
/// `/sessions` and `/sessions/<id>/end` (by POST). Routes with a token answer with the token itself: so a test can tell one from another.
pub fn probe_app(figment: Figment, fairing: LogtoFairing) -> Rocket<Build> {
    let routes = routes![
        plain,
        open,
        known,
        claims,
        change,
        orders,
        place,
        any,
        machine,
        token,
        ping,
        userinfo,
        org_token,
        org_api,
        org_orders,
        here,
        switch,
        leave,
        sessions,
        end_session
    ];
    rocket::custom(figment).attach(fairing).mount("/", routes)
}

#[get("/plain")]
fn plain() -> &'static str {
    "plain"
}

#[get("/open")]
fn open(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth]
#[get("/claims")]
fn claims(user: User) -> Json<Value> {
    let claims = user.claims();
    Json(json!({
        "display_name": claims.display_name(),
        "name": claims.name,
        "username": claims.username,
        "picture": claims.picture,
        "email": claims.email,
        "email_verified": claims.email_verified,
        "phone_number": claims.phone_number,
        "roles": claims.roles,
        "organizations": claims.organizations,
        "organization_roles": claims.organization_roles,
    }))
}

#[require_auth]
#[post("/known")]
fn change(who: Identity) -> String {
    who.subject().to_owned()
}

fn tell(who: &Identity) -> Json<Value> {
    Json(json!({
        "sub": who.subject(),
        "kind": who.kind().as_str(),
        "via": who.via().as_str(),
        "scopes": who.scopes(),
        "organization": who.organization().map(|id| id.as_str()),
        "actor": who.actor(),
    }))
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API, subject = "any")]
#[get("/orders")]
fn orders(who: Identity) -> Json<Value> {
    tell(&who)
}

#[require_auth(scopes = "write:orders read:orders", resource = SHOPPING_API)]
#[post("/orders")]
fn place(who: Identity) -> Json<Value> {
    tell(&who)
}

#[require_auth(any_scope = "delete:orders write:orders", resource = SHOPPING_API, subject = "any")]
#[get("/any")]
fn any(who: Identity) -> Json<Value> {
    tell(&who)
}

#[require_auth(subject = "machine")]
#[get("/machine")]
fn machine(who: Identity) -> Json<Value> {
    tell(&who)
}

macro_rules! describe {
    ($token:expr) => {{
        let token = $token;
        Json(json!({
            "token": token.secret(),
            "scopes": token.scopes(),
            "resource": token.resource().map(|resource| resource.as_str()),
            "expires": token.expires_at().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }))
    }};
}

#[with_access_token(resource = SHOPPING_API)]
#[get("/token")]
fn token(token: AccessToken) -> Json<Value> {
    describe!(token)
}

#[with_access_token(resource = "https://other.your-app.com/api")]
#[get("/ping")]
fn ping(token: AccessToken) -> Json<Value> {
    describe!(token)
}

#[require_auth(via = "session")]
#[get("/userinfo")]
async fn userinfo(user: User) -> Result<Json<Value>, Error> {
    Ok(Json(json!(user.info().await?)))
}

#[with_org_token]
#[get("/orgs/<org_id>/token")]
fn org_token(org_id: &str, token: OrgToken) -> Json<Value> {
    assert_eq!(token.organization().as_str(), org_id);
    describe!(token)
}

#[with_access_token(resource = SHOPPING_API, organization = "<org_id>")]
#[get("/orgs/<org_id>/api")]
fn org_api(org_id: &str, token: AccessToken) -> Json<Value> {
    assert_eq!(token.organization().map(|id| id.as_str()), Some(org_id));
    describe!(token)
}

#[require_auth(organization = "<org_id>", scopes = "read:orders", resource = SHOPPING_API, subject = "any")]
#[get("/orgs/<org_id>/orders")]
fn org_orders(org_id: &str, who: Identity) -> Json<Value> {
    assert_eq!(who.organization().map(|id| id.as_str()), Some(org_id));
    tell(&who)
}

#[require_auth(organization = "session")]
#[get("/organization")]
fn here(who: Identity) -> String {
    who.organization().map_or_else(String::new, ToString::to_string)
}

#[require_auth(via = "session")]
#[post("/organization/<id>")]
async fn switch(id: &str, user: User) -> Result<String, Error> {
    let organization = OrganizationId::new(id).ok_or(Error::NoOrganization)?;
    user.switch_organization(&organization).await?;
    Ok(user.current_organization().map_or_else(String::new, |current| current.to_string()))
}

#[require_auth(via = "session")]
#[post("/organization")]
async fn leave(user: User) -> Result<(), Error> {
    user.leave_organization().await
}

#[require_auth(via = "session")]
#[get("/sessions")]
async fn sessions(user: User) -> Result<Json<Value>, Error> {
    let sessions = user.sessions().await?;
    Ok(Json(sessions.iter().map(|session| json!([session.id(), session.is_current()])).collect()))
}

#[require_auth(via = "session")]
#[post("/sessions/<id>/end")]
async fn end_session(id: &str, user: User) -> Result<Json<bool>, Error> {
    user.end_session(id).await.map(Json)
}
