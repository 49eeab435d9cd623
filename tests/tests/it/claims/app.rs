//! An application that reads claims in every way there is.

use logto_dev::recorded::{ALICE, OTHER_API, SHOPPING_API};
use logto_dev::{Issue, JwtCustomizer, Tenant};
use logto_rocket::{
    AuthFailure, Claims, ClaimsSource, Clock, Error, Identity, Logto, User, UserClaims, require_auth,
};
use logto_tests::{App, Bench, settings};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Route, get, routes};
use serde_json::{Map, Value, json};

/// What the tenant's customizer adds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Plan {
    plan: Tier,
    seats: Option<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
enum Tier {
    Free,
    Gold,
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct About {
    sub: String,
    name: Option<String>,
    iss: Option<String>,
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API, subject = "any")]
#[get("/plan")]
fn plan(plan: Claims<Plan>) -> Json<Plan> {
    Json(plan.0)
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API, subject = "any")]
#[get("/plan/asked")]
async fn asked(who: Identity) -> Result<Json<Plan>, Error> {
    Ok(Json(who.claims().await?))
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
struct Customer(Claims<Plan>, Identity);

#[get("/plan/named")]
fn named(customer: Customer) -> Json<Plan> {
    assert!(!customer.1.subject().is_empty());
    Json(customer.0.0)
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/plan/perhaps")]
fn perhaps(plan: Result<Claims<Plan>, AuthFailure>) -> Json<Value> {
    Json(match plan {
        Ok(plan) => json!(plan.0),
        Err(failure) => json!(failure.code()),
    })
}

/// Nothing here asks for claims.
#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/orders")]
fn orders(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/all")]
async fn all(who: Identity) -> Result<Json<Map<String, Value>>, Error> {
    Ok(Json(who.claims().await?))
}

#[require_auth(organization = "<org_id>")]
#[get("/orgs/<org_id>/all")]
fn organization(org_id: &str, claims: Claims<Map<String, Value>>) -> Json<Map<String, Value>> {
    assert!(!org_id.is_empty());
    Json(claims.0)
}

#[require_auth(organization = "<org_id>", resource = SHOPPING_API)]
#[get("/orgs/<org_id>/api")]
fn organization_api(org_id: &str, claims: Claims<Map<String, Value>>) -> Json<Map<String, Value>> {
    assert!(!org_id.is_empty());
    Json(claims.0)
}

#[require_auth]
#[get("/about")]
fn about(about: Claims<About>, who: Identity) -> Json<About> {
    assert_eq!(about.sub, who.subject());
    Json(about.0)
}

#[get("/alone")]
fn alone(about: Claims<About>) -> Json<About> {
    Json(about.0)
}

#[require_auth(roles = "admin")]
#[get("/admin")]
fn admin() {}

/// Roles in the tenant, judged again after the claims were fetched.
#[require_auth(scopes = "read:orders", resource = SHOPPING_API, roles = "shop-user")]
#[get("/staff")]
fn staff(claims: Claims<Map<String, Value>>) -> Json<Map<String, Value>> {
    Json(claims.0)
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Profile {
    locale: String,
    address: Option<Address>,
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Address {
    country: String,
}

#[require_auth]
#[get("/profile")]
fn profile(user: User) -> Result<Json<Profile>, Error> {
    Ok(Json(user.claims_as()?))
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Info {
    custom_data: Plan,
}

#[require_auth]
#[get("/info")]
async fn info(user: User) -> Result<Json<Plan>, Error> {
    let info: Info = user.info_as().await?;
    Ok(Json(info.custom_data))
}

#[require_auth]
#[get("/typed")]
async fn typed(user: User) -> Result<Json<UserClaims>, Error> {
    Ok(Json(user.info().await?))
}

#[require_auth]
#[get("/typed/token")]
fn typed_token(user: User) -> Json<UserClaims> {
    Json(user.claims().clone())
}

/// A mismatch that the handler deals with.
#[require_auth]
#[get("/told")]
fn told(user: User) -> String {
    match user.claims_as::<Plan>() {
        Err(Error::InvalidClaim(invalid)) => {
            assert_eq!(invalid.source(), ClaimsSource::IdToken);
            invalid.claim().to_owned()
        }
        other => format!("{other:?}"),
    }
}

pub(super) fn all_routes() -> Vec<Route> {
    routes![
        plan,
        asked,
        named,
        perhaps,
        orders,
        all,
        organization,
        organization_api,
        about,
        alone,
        admin,
        staff,
        profile,
        info,
        typed,
        typed_token,
        told
    ]
}

/// What each tenant here scopes its sign-ins to.
const SCOPES: [&str; 6] = [
    "roles",
    "address",
    "custom_data",
    "identities",
    "urn:logto:scope:organizations",
    "urn:logto:scope:organization_roles",
];

/// The application with a tenant that adds Alice's plan to her access tokens.
pub(super) async fn bench(change: impl FnOnce(Figment) -> Figment) -> Bench {
    bench_of(Tenant::recorded().access_token_customizer(gold()).start().await.unwrap(), change).await
}

pub(super) async fn bench_of(tenant: Tenant, change: impl FnOnce(Figment) -> Figment) -> Bench {
    let clock = tenant.clock().clone();
    let figment = settings(&tenant)
        .merge(("logto.resources", [SHOPPING_API, OTHER_API]))
        .merge(("logto.scopes", SCOPES));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let rocket = rocket::custom(change(figment)).attach(fairing).mount("/", all_routes());
    Bench { app: App::serve(rocket).await, tenant }.warm().await
}

pub(super) fn gold() -> JwtCustomizer {
    JwtCustomizer::claims(json!({ "plan": "gold", "seats": 5 }))
}

/// A bearer token of Alice with these claims beside its own.
pub(super) fn bearer(bench: &Bench, claims: &Value) -> String {
    let issue = Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders"]);
    let claims = claims.as_object().expect("claims are an object");
    let issue = claims.iter().fold(issue, |issue, (name, value)| issue.claim(name, value.clone()));
    bench.tenant.access_token(issue).unwrap()
}

pub(super) fn is_alice(claims: &Value) -> bool {
    claims["sub"] == ALICE
}
