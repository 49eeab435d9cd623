//! An application in which everything can be refused.

use std::time::Duration;

use aws_lc_rs::hmac;
use logto_dev::recorded::{M2M_APP, OTHER_API, ROCKET_APP, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{
    AccessToken, Clock, Denied, Error, Identity, InvalidToken, Logto, LogtoFairing, OrgToken, SessionData,
    SessionInfo, SessionValue, User, Webhook, require_auth, with_access_token, with_org_token,
};
use logto_tests::{Answer, App, Ask, Browser, SharedStore, param, path_of, settings};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Request, State, catch, catchers, get, post, routes};
use serde_json::json;
use tokio::sync::Semaphore;

#[require_auth]
#[get("/known")]
fn known() {}

#[require_auth]
#[post("/known")]
fn alter() {}

#[require_auth(via = "session")]
#[get("/profile")]
fn profile(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/orders")]
fn orders(who: Identity) -> String {
    who.subject().to_owned()
}

#[with_access_token(resource = SHOPPING_API)]
#[get("/token")]
fn token(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[require_auth(via = "session")]
#[get("/info")]
async fn info(user: User) -> Result<String, Error> {
    Ok(user.info().await?.sub)
}

#[with_org_token]
#[get("/orgs/<org_id>/token")]
fn org_token(org_id: &str, token: OrgToken) -> String {
    format!("{org_id}: {}", token.scopes())
}

#[require_auth(organization = "<org_id>", scopes = "read:orders", resource = SHOPPING_API)]
#[get("/orgs/<org_id>/orders")]
fn org_orders(org_id: &str) -> &str {
    org_id
}

#[require_auth(roles = "admin")]
#[get("/admin")]
fn admin() {}

#[require_auth(max_age = "5m")]
#[get("/fresh")]
fn fresh() {}

fn never(_: &Identity, _: &Request<'_>) -> bool {
    false
}

#[require_auth(check = never)]
#[get("/never")]
fn never_route() {}

fn hides(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Err(Denied::new(Status::NotFound))
}

#[require_auth(check = hides)]
#[get("/gone")]
fn gone() {}

fn fails(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Err(Denied::unavailable("the database is down"))
}

#[require_auth(check = fails)]
#[get("/undecided")]
fn undecided() {}

#[require_auth(subject = "machine")]
#[get("/machine")]
fn machine() {}

#[get("/broken")]
fn broken() -> Error {
    Error::InvalidToken(InvalidToken::Claim)
}

/// A text that may be too long for the session.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Note(String);

impl SessionValue for Note {
    const NAME: &'static str = "note";
}

#[post("/note/<bytes>")]
async fn note(bytes: usize, note: SessionData<Note>) -> Result<(), Error> {
    note.set(&Note("x".repeat(bytes))).await
}

/// Two guards that may say no, and a handler that does not mind.
#[get("/perhaps")]
fn perhaps(_user: Option<User>, _admin: Option<Admin>) -> &'static str {
    "in"
}

#[require_auth(roles = "admin")]
struct Admin;

/// Two guards, of which the second says no.
#[require_auth]
#[get("/second")]
fn second(_admin: Admin) {}

#[require_auth(otherwise = "forward")]
#[get("/front")]
fn front() -> &'static str {
    "front"
}

#[get("/front", rank = 2)]
fn front_of_others() -> &'static str {
    "others"
}

#[require_auth(otherwise = "forward")]
#[get("/nowhere")]
fn nowhere() {}

/// A no of the application's own.
#[get("/own")]
fn own() -> Status {
    Status::Forbidden
}

/// Every session of a person ends.
#[post("/people/<id>/end")]
async fn end_all(id: &str, logto: &State<Logto>) -> Result<(), Error> {
    logto.end_sessions_of(id).await
}

/// The session of this name ends.
#[require_auth(via = "session")]
#[post("/sessions/<id>/end")]
async fn end_one(id: &str, user: User) -> Result<String, Error> {
    Ok(user.end_session(id).await?.to_string())
}

#[require_auth(via = "session")]
#[get("/sessions")]
async fn sessions(user: User) -> Result<String, Error> {
    Ok(user.sessions().await?.iter().map(SessionInfo::id).collect::<Vec<_>>().join(" "))
}

/// A handler of webhooks that has begun, and one that may come to its end.
pub(crate) static BEGUN: Semaphore = Semaphore::const_new(0);
pub(crate) static MAY_END: Semaphore = Semaphore::const_new(0);

#[post("/slow", data = "<_hook>")]
async fn slow(_hook: Webhook) {
    BEGUN.add_permits(1);
    MAY_END.acquire().await.unwrap().forget();
}

#[require_auth(check = never)]
#[get("/hidden/thing")]
fn hidden_thing() {}

#[catch(403)]
fn hidden() -> (Status, &'static str) {
    (Status::NotFound, "nothing")
}

pub(crate) const LOGOUT: &str = "/logto/backchannel-logout";
pub(crate) const WEBHOOK: &str = "/logto/webhook";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const SIGNING_KEY: &str = "the signing key of this test's webhook";

/// A webhook with this body, signed by this key.
pub(crate) fn signed(path: &str, key: &str, body: &str) -> Ask {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body.as_bytes());
    let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ask::post(path).header("logto-signature-sha-256", signature).body("application/json", body)
}

pub(crate) struct RefusalApp {
    pub(crate) tenant: Tenant,
    pub(crate) app: App,
}

impl RefusalApp {
    pub(crate) async fn open() -> RefusalApp {
        RefusalApp::of(Logto::fairing()).await
    }

    /// The same with sessions in a store.
    pub(crate) async fn on(store: SharedStore) -> RefusalApp {
        RefusalApp::of(Logto::fairing().session_store(store)).await
    }

    pub(crate) async fn of(fairing: LogtoFairing) -> RefusalApp {
        RefusalApp::with(fairing, |figment| figment).await
    }

    pub(crate) async fn with(fairing: LogtoFairing, change: impl FnOnce(Figment) -> Figment) -> RefusalApp {
        let tenant = Tenant::recorded().start().await.unwrap();
        let routes = routes![
            known,
            alter,
            profile,
            orders,
            token,
            info,
            org_token,
            org_orders,
            admin,
            fresh,
            never_route,
            gone,
            undecided,
            machine,
            broken,
            note,
            perhaps,
            second,
            front,
            front_of_others,
            nowhere,
            own,
            hidden_thing,
            end_all,
            end_one,
            sessions,
            slow
        ];
        let clock = tenant.clock().clone();
        let figment = settings(&tenant)
            .merge(("logto.resources", [SHOPPING_API, OTHER_API]))
            .merge(("logto.introspection", true))
            .merge(("logto.bearer_clients", [ROCKET_APP.id, M2M_APP.id]))
            .merge(("logto.backchannel_logout", true))
            .merge(("logto.webhook_signing_keys", [SIGNING_KEY]));
        let rocket = rocket::custom(change(figment))
            .attach(fairing.clock(Clock::new(move || clock.now())))
            .register("/hidden", catchers![hidden])
            .mount("/", routes);
        let refusal_app = RefusalApp { app: App::serve(rocket).await, tenant };
        let fetched = || refusal_app.tenant.journal().count(logto_dev::Endpoint::Jwks) > 0;
        logto_tests::until("the application has the keys", fetched).await;
        refusal_app
    }

    pub(crate) fn nobody(&self) -> Browser {
        Browser::new(&self.app)
    }

    pub(crate) async fn with_person(&self, person: &str) -> Browser {
        let mut browser = self.nobody();
        browser.sign_in(&self.tenant, person).await;
        browser
    }

    /// A browser that is back from Logto, its callback not yet called.
    pub(crate) async fn returned(&self, path: &str) -> Returned {
        let mut browser = self.nobody();
        let url = Url::parse(browser.open(path).await.location()).unwrap();
        let (state, nonce) = (param(&url, "state").unwrap(), param(&url, "nonce").unwrap());
        let callback = path_of(&self.tenant.sign_in(url, "alice").await.unwrap());
        let issuer = self.tenant.issuer();
        Returned { browser, callback, state, nonce, issuer }
    }

    /// Time passes, for the application and its tenant.
    pub(crate) fn later(&self, seconds: u64) {
        self.tenant.clock().advance(Duration::from_secs(seconds));
    }

    /// A logout token for everything of this person, as Logto sends it.
    pub(crate) fn logout(&self, issue: Issue) -> Ask {
        let token = self.tenant.logout_token(issue).unwrap();
        Ask::post(LOGOUT).body(FORM, format!("logout_token={token}"))
    }

    /// A webhook of this moment, signed.
    pub(crate) fn webhook(&self, path: &str, event: &str, user: &str) -> Ask {
        let body = json!({
            "hookId": "hook",
            "event": event,
            "createdAt": self.tenant.clock().now_iso(),
            "userId": user,
        });
        signed(path, SIGNING_KEY, &body.to_string())
    }

    pub(crate) async fn call(&self, ask: Ask) -> Answer {
        self.nobody().send(ask).await
    }
}

pub(crate) struct Returned {
    pub(crate) browser: Browser,
    pub(crate) callback: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    issuer: String,
}

impl Returned {
    /// Another callback of the same sign-in.
    pub(crate) async fn with(mut self, parameters: &str) -> Answer {
        let path = format!("/logto/callback?state={}&iss={}&{parameters}", self.state, self.issuer);
        self.browser.open(path).await
    }

    pub(crate) async fn back(mut self) -> Answer {
        self.browser.open(self.callback).await
    }
}
