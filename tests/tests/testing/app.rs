//! The application that is tested, and clients of it.

use logto_rocket::testing::{self, TestResponse};
use logto_rocket::{
    AccessToken, AuthorizedClient, CallError, Claims, Error, Identity, Logto, MaybeUser, OrgToken,
    SessionData, SessionValue, User, UserClaims, public, require_auth, with_access_token, with_org_token,
};
use logto_tests::LogCapture;
use rocket::figment::Figment;
use rocket::local::blocking::Client;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Build, Config, Rocket, Route, get, post, routes};

pub(crate) const API: &str = "https://shopping.your-app.com/api";

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "rocket::serde", default)]
pub(crate) struct Cart {
    pub(crate) items: Vec<String>,
}

impl SessionValue for Cart {
    const NAME: &'static str = "cart";
}

#[derive(Deserialize)]
#[serde(crate = "rocket::serde")]
struct Plan {
    plan: String,
}

#[public]
#[get("/")]
fn home(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

#[require_auth]
#[get("/profile")]
fn profile(user: User) -> String {
    let claims = user.claims();
    format!("{} {} {}", user.subject(), claims.display_name(), claims.email.as_deref().unwrap_or("-"))
}

#[require_auth(scopes = "read:orders", subject = "any")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    format!("{} {} {}", who.subject(), who.kind().as_str(), who.via().as_str())
}

#[require_auth(roles = "admin")]
#[get("/admin")]
fn admin() {}

#[require_auth(max_age = "5m")]
#[post("/delete-account")]
fn delete_account() {}

#[require_auth(organization = "<org>", scopes = "read:orders", subject = "any")]
#[get("/orgs/<org>/orders")]
fn orders_of(org: &str) -> String {
    org.to_owned()
}

#[require_auth(organization = "<org>", roles = "manager")]
#[get("/orgs/<org>/books")]
fn books(org: &str) -> String {
    org.to_owned()
}

#[with_org_token(scopes = "invite:member")]
#[get("/orgs/<org_id>/invite")]
fn invite(org_id: &str, token: OrgToken) -> String {
    format!("{org_id} {}", token.scopes())
}

#[require_auth]
#[get("/organization")]
fn organization(user: User) -> String {
    user.current_organization().map_or_else(|| "none".to_owned(), |id| id.to_string())
}

#[with_access_token]
#[get("/upstream")]
fn upstream(token: AccessToken) -> String {
    token.secret().to_owned()
}

#[with_access_token]
#[get("/call")]
async fn call(token: AccessToken) -> Result<String, CallError> {
    let api = AuthorizedClient::for_user(token.source(), "https://orders.internal/api/")?;
    Ok(api.send(api.get("orders?of=tea")?).await?.text().await?)
}

#[require_auth]
#[get("/token?<resource>")]
async fn chosen(user: User, resource: &str) -> Result<String, Error> {
    Ok(user.access_token(resource).await?.scopes().to_string())
}

#[require_auth]
#[get("/info")]
async fn info(user: User) -> Result<String, Error> {
    Ok(plan_in(&user.info().await?))
}

fn plan_in(claims: &UserClaims) -> String {
    let plan = claims.custom_data.as_ref().and_then(|data| data.get("plan")?.as_str());
    plan.unwrap_or("-").to_owned()
}

#[require_auth]
#[get("/refresh")]
async fn refresh(user: User) -> Result<String, Error> {
    Ok(user.refresh().await?.subject().to_owned())
}

#[require_auth(scopes = "read:orders", via = "bearer")]
#[get("/plan")]
fn plan(plan: Claims<Plan>) -> String {
    plan.0.plan
}

#[require_auth(scopes = "read:orders", via = "bearer")]
#[get("/exchange")]
async fn exchange(who: Identity) -> Result<String, Error> {
    Ok(who
        .exchange("https://reports.your-app.com/api")
        .scopes("read:reports write:reports")
        .await?
        .scopes()
        .to_string())
}

#[public]
#[get("/machine")]
async fn machine(logto: &rocket::State<Logto>) -> Result<String, Error> {
    let reports = logto.machine_tokens().resource("https://reports.your-app.com/api");
    Ok(reports.scopes("write:reports").token().await?.scopes().to_string())
}

#[require_auth]
#[get("/account")]
async fn account(user: User) -> String {
    match user.account().profile().await {
        Ok(_) => "a profile".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[public]
#[get("/cart")]
fn cart(cart: SessionData<Cart>) -> String {
    cart.get().items.join(" ")
}

#[public]
#[post("/cart/<item>")]
async fn add(item: &str, cart: SessionData<Cart>) -> Result<String, Error> {
    cart.update(|cart| {
        cart.items.push(item.to_owned());
        cart.items.join(" ")
    })
    .await
}

pub(crate) fn all_routes() -> Vec<Route> {
    routes![
        home,
        profile,
        orders,
        admin,
        delete_account,
        orders_of,
        books,
        invite,
        organization,
        upstream,
        call,
        chosen,
        info,
        refresh,
        plan,
        exchange,
        machine,
        account,
        cart,
        add
    ]
}

/// Rocket's own settings, and the application's.
pub(crate) fn own_settings() -> Figment {
    Figment::from(Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("logto.resources", [API]))
        .merge(("logto.scopes", ["email", "custom_data"]))
}

/// The application, as it is launched in production too.
pub(crate) fn rocket(settings: Figment) -> Rocket<Build> {
    // Before Rocket sets a logger of its own.
    LogCapture::listen();
    rocket::custom(settings).attach(Logto::fairing()).mount("/", all_routes())
}

pub(crate) fn client_with(settings: Figment) -> Client {
    Client::tracked(testing::configure(rocket(settings))).expect("it launches")
}

pub(crate) fn client() -> Client {
    client_with(own_settings())
}

/// One with sessions in cookies, one with sessions in memory.
pub(crate) fn clients() -> [Client; 2] {
    ["cookie", "memory"].map(|store| client_with(own_settings().merge(("logto.session_store", store))))
}

/// The body of a response that is not refused.
#[track_caller]
pub(crate) fn text(response: rocket::local::blocking::LocalResponse<'_>) -> String {
    testing::assert_allowed(&response);
    assert_eq!(response.refusal(), None);
    response.into_string().unwrap_or_default()
}
