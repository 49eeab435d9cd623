//! Routes that need one thing each, for tests that need exactly that.

use std::time::UNIX_EPOCH;

use logto_dev::recorded::SHOPPING_API;
use logto_rocket::{
    AccessToken, Clock, Error, Identity, Logto, MaybeUser, OrgToken, User, require_auth, with_access_token,
    with_org_token,
};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, get, post, routes};
use serde_json::{Value, json};

/// An application on `clock` with these routes: `/plain` (open), `/open` (anybody, says who), `/known`,
/// `/orders`, `/any`, `/machine`, `/token`, `/ping`, `/userinfo`, and `/orgs/<org_id>/…` with `token`, `api`,
/// `orders`. Routes with a token answer with the token itself: so a test can tell one from another.
pub fn desk(figment: Figment, clock: Clock) -> Rocket<Build> {
    let routes = routes![
        plain, open, known, change, orders, place, any, machine, token, ping, userinfo, org_token, org_api,
        org_orders
    ];
    rocket::custom(figment).attach(Logto::fairing().clock(clock)).mount("/", routes)
}

#[get("/plain")]
fn plain() -> &'static str {
    "plain"
}

#[get("/open")]
fn open(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.id().to_owned()
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
