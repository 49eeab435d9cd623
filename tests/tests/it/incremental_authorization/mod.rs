//! Incremental authorization: a session from before a deployment that needs more scopes or resources goes through one
//! new authorization request, which shows its user nothing.

mod once;
mod replaced_session;
mod requests;

use logto_dev::recorded::{ACME, OTHER_API, SHOPPING_API};
use logto_dev::{Browser as AtLogto, Tenant};
use logto_rocket::{
    AccessToken, Clock, Error, Identity, Logto, MaybeUser, OrgToken, OrganizationId, SessionData,
    SessionValue, User, public, require_auth, with_access_token, with_org_token,
};
use logto_tests::{App, Browser, ORIGIN, SharedStore, param, path_of, settings};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::request::{FromRequest, Outcome};
use rocket::serde::{Deserialize, Serialize};
use rocket::{Request, Route, get, post, routes};

const KEY: &str = "a key that outlives the deployment, 32 characters";
const ORGANIZATIONS: &str = "urn:logto:scope:organizations";

#[public]
#[get("/")]
fn home(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders() -> &'static str {
    "orders"
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Cart(Vec<String>);

impl SessionValue for Cart {
    const NAME: &'static str = "cart";
}

#[public]
#[get("/cart")]
fn cart(cart: SessionData<Cart>) -> String {
    cart.get().0.join(" ")
}

#[public]
#[post("/cart/<item>")]
async fn add(item: &str, cart: SessionData<Cart>) -> Result<(), Error> {
    cart.update(|cart| cart.0.push(item.to_owned())).await
}

#[require_auth]
#[post("/organization/<id>")]
async fn choose(id: &str, user: User) -> Result<(), Error> {
    let id = OrganizationId::new(id).ok_or(Error::NoOrganization)?;
    user.switch_organization(&id).await
}

#[require_auth]
#[get("/organization")]
fn chosen(user: User) -> String {
    user.current_organization().map(|id| id.to_string()).unwrap_or_default()
}

/// What the shop has from the start.
fn at_first() -> Vec<Route> {
    routes![home, orders, cart, add, choose, chosen]
}

#[require_auth(scopes = "read:orders write:orders")]
#[get("/write?<page>")]
fn write(page: Option<&str>) -> String {
    page.unwrap_or("written").to_owned()
}

#[require_auth(scopes = "write:orders")]
#[post("/write")]
fn submit() -> &'static str {
    "submitted"
}

#[require_auth(any_scope = "delete:orders write:orders")]
#[get("/any")]
fn any() -> &'static str {
    "any"
}

#[require_auth(scopes = "write:orders", max_age = "5m")]
#[get("/fresh")]
fn fresh() -> &'static str {
    "fresh"
}

#[require_auth(roles = "shop-user")]
#[get("/role")]
fn role() -> &'static str {
    "role"
}

#[require_auth(scopes = "write:orders")]
struct Writer(Identity);

#[public]
#[get("/optional")]
fn optional(writer: Option<Writer>) -> String {
    writer.is_some_and(|writer| !writer.0.subject().is_empty()).to_string()
}

/// What comes with a deployment.
fn later() -> Vec<Route> {
    [at_first(), routes![write, submit, any, fresh, role, optional]].concat()
}

#[with_org_token]
#[get("/orgs/<org_id>/members")]
fn members(org_id: &str, token: OrgToken) -> String {
    format!("{org_id} {}", token.scopes())
}

#[with_org_token(scopes = "invite:member")]
#[get("/orgs/<org_id>/invites")]
fn invites(org_id: &str, token: OrgToken) -> String {
    format!("{org_id} {}", token.scopes())
}

#[with_access_token(resource = OTHER_API)]
#[get("/other")]
fn other(token: AccessToken) -> String {
    token.resource().map(ToString::to_string).unwrap_or_default()
}

/// A guard that no launch check sees.
struct Hidden;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Hidden {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match Writer::from_request(request).await {
            Outcome::Success(_) => Outcome::Success(Hidden),
            Outcome::Error((status, _)) => Outcome::Error((status, ())),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

#[get("/hidden")]
fn hidden(_guard: Hidden) -> &'static str {
    "hidden"
}

/// Where sessions are kept while the application is deployed anew.
enum SessionBackend {
    InCookies,
    InStore(SharedStore),
}

impl SessionBackend {
    fn both() -> [SessionBackend; 2] {
        [SessionBackend::InCookies, SessionBackend::InStore(SharedStore::new())]
    }
}

struct Shop {
    tenant: Tenant,
    backend: SessionBackend,
}

impl Shop {
    async fn new(backend: SessionBackend) -> Shop {
        Shop { tenant: Tenant::recorded().start().await.unwrap(), backend }
    }

    async fn in_cookies() -> Shop {
        Shop::new(SessionBackend::InCookies).await
    }

    /// Deploys the application with these routes.
    async fn deploy(&self, routes: Vec<Route>) -> App {
        self.deploy_with(routes, |figment| figment).await
    }

    async fn deploy_with(&self, routes: Vec<Route>, change: impl FnOnce(Figment) -> Figment) -> App {
        let clock = self.tenant.clock().clone();
        let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
        let figment = settings(&self.tenant).merge(("logto.cookie_keys", [KEY]));
        let (fairing, figment) = match &self.backend {
            SessionBackend::InCookies => (fairing, figment.merge(("logto.session_store", "cookie"))),
            SessionBackend::InStore(store) => (fairing.session_store(store.clone()), figment),
        };
        App::serve(rocket::custom(change(figment)).attach(fairing).mount("/", routes)).await
    }

    /// A user who has signed in at `app`, and what the same browser is at Logto.
    async fn signed_in(&self, app: &App, user: &str) -> (Browser, AtLogto) {
        let (mut browser, mut at_logto) = (Browser::new(app), self.tenant.browser());
        let callback = at_logto.sign_in(browser.begin("/").await, user).await.unwrap();
        assert_eq!(browser.open(path_of(&callback)).await.location(), "/");
        assert_eq!(browser.open("/").await.status, 200);
        (browser, at_logto)
    }
}

/// Follows a redirect to the sign-in route as far as Logto, and returns the authorization request.
async fn to_logto(browser: &mut Browser, sign_in: &str) -> Url {
    Url::parse(browser.open(sign_in).await.location()).unwrap()
}

/// Goes the whole round from the redirect to `sign_in`, during which Logto shows no page. Returns where the callback
/// leads.
async fn round(browser: &mut Browser, at_logto: &mut AtLogto, sign_in: &str) -> String {
    let authorization = to_logto(browser, sign_in).await;
    assert_eq!(param(&authorization, "prompt").as_deref(), Some("consent"));
    let callback = at_logto.open(authorization).await.unwrap();
    assert!(callback.as_str().starts_with(ORIGIN), "{callback}");
    browser.open(path_of(&callback)).await.location().to_owned()
}

/// Opens a page that a later deployment has brought, and expects it after one round.
async fn reaches(browser: &mut Browser, at_logto: &mut AtLogto, path: &str, body: &str) {
    let sign_in = browser.open(path).await.location().to_owned();
    assert_eq!(round(browser, at_logto, &sign_in).await, path);
    let answer = browser.open(path).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    assert_eq!(browser.open(path).await.status, 200, "{path}");
}

fn both_resources(figment: Figment) -> Figment {
    figment.merge(("logto.resources", [SHOPPING_API, OTHER_API]))
}

/// A path below Acme.
fn acme(path: &str) -> String {
    format!("/orgs/{ACME}/{path}")
}
