use logto_rocket::{AccessToken, Identity, public, require_auth, with_access_token};
use rocket::{get, post};
use rocket_okapi::openapi;

#[openapi]
#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth]
#[openapi]
#[with_access_token]
#[get("/between")]
fn between(token: AccessToken) -> String {
    token.scopes().to_string()
}

// Nothing is wrong with these.

#[openapi]
#[public]
#[get("/open")]
fn open() {}

#[require_auth]
#[rocket_okapi::openapi]
#[post("/below")]
fn below() {}

#[require_auth]
#[post("/undescribed")]
fn undescribed() {
    #[openapi]
    #[get("/inside")]
    fn orders() {}
}

fn main() {}
