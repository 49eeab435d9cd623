//! Tokens of a signed-in user that a handler chooses while it runs, and calls with them.

mod chosen;
mod client;
mod opaque;
mod refused;

use logto_dev::Tenant;
use logto_rocket::{AuthorizedClient, CallError, Clock, Error, Logto, OrganizationId, User, require_auth};
use logto_tests::{App, Bench, settings};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, Route, get, routes};
use serde_json::{Value, json};

/// The probe application with the routes of this suite.
pub(crate) async fn bench(change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = App::serve(rocket(&tenant, change)).await;
    Bench { tenant, app }.warm().await
}

fn rocket(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> Rocket<Build> {
    Bench::rocket(tenant, Logto::fairing(), change).mount("/", routes())
}

/// The routes of this suite alone, of which no guard needs more than a session.
pub(crate) fn small_rocket(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> Rocket<Build> {
    let clock = tenant.clock().clone();
    rocket::custom(change(settings(tenant)))
        .attach(Logto::fairing().clock(Clock::new(move || clock.now())))
        .mount("/", routes())
}

pub(crate) async fn small_bench(change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = App::serve(small_rocket(&tenant, change)).await;
    Bench { tenant, app }.warm().await
}

fn routes() -> Vec<Route> {
    routes![choose, tell, choose_organization, show_opaque, another_opaque, call]
}

fn organization_of(id: Option<&str>) -> Result<Option<OrganizationId>, Error> {
    id.map(|id| OrganizationId::new(id).ok_or(Error::NoOrganization)).transpose()
}

/// An access token for a resource that the request names.
#[require_auth(via = "session")]
#[get("/chosen?<resource>&<organization>")]
async fn choose(user: User, resource: &str, organization: Option<&str>) -> Result<Json<Value>, Error> {
    let request = user.access_token(resource);
    let token = match organization_of(organization)? {
        Some(id) => request.organization(&id).await?,
        None => request.await?,
    };
    Ok(Json(json!({
        "token": token.secret(),
        "scopes": token.scopes(),
        "resource": token.resource().map(|resource| resource.as_str()),
        "organization": token.organization().map(|id| id.as_str()),
        "printed": format!("{token:?}"),
    })))
}

/// What the error for the same request says.
#[require_auth(via = "session")]
#[get("/chosen/error?<resource>&<organization>")]
async fn tell(user: User, resource: Option<&str>, organization: Option<&str>) -> Result<Json<Value>, Error> {
    let organization = organization_of(organization)?;
    let refused = match (resource, organization) {
        (Some(resource), None) => user.access_token(resource).await.err(),
        (Some(resource), Some(id)) => user.access_token(resource).organization(&id).await.err(),
        (None, Some(id)) => user.organization_token(&id).await.err(),
        (None, None) => None,
    };
    Ok(Json(json!(
        refused.map(|error| {
            json!({ "code": error.code(), "text": error.to_string(), "help": error.help() })
        })
    )))
}

#[require_auth(via = "session")]
#[get("/chosen/organization?<id>")]
async fn choose_organization(user: User, id: &str) -> Result<Json<Value>, Error> {
    let id = OrganizationId::new(id).ok_or(Error::NoOrganization)?;
    let token = user.organization_token(&id).await?;
    assert_eq!(token.organization(), &id);
    Ok(Json(json!({ "token": token.secret(), "scopes": token.scopes() })))
}

#[require_auth(via = "session")]
#[get("/opaque")]
async fn show_opaque(user: User) -> Result<Json<Value>, Error> {
    let token = user.opaque_token().await?;
    Ok(Json(json!({
        "token": token.secret(),
        "scopes": token.scopes(),
        "printed": format!("{token:?}"),
        "lives": token.expires_at() > std::time::UNIX_EPOCH,
    })))
}

#[require_auth(via = "session")]
#[get("/opaque/another")]
async fn another_opaque(user: User) -> Result<Json<Value>, Error> {
    let token = user.opaque_token().await?;
    let another = token.source().token_instead_of(&token).await?;
    Ok(Json(json!([token.secret(), another.secret()])))
}

/// Calls the API at `base` with a token for `resource`.
#[require_auth(via = "session")]
#[get("/call?<resource>&<base>&<path>")]
async fn call(user: User, resource: &str, base: &str, path: &str) -> Result<Json<Value>, CallError> {
    let token = user.access_token(resource).await?;
    let api = AuthorizedClient::for_user(token.source(), base)?;
    assert!(!format!("{api:?}").contains(token.secret()));
    let response = api.send(api.get(path)?).await?;
    let (status, location) = (response.status().as_u16(), response.headers().get("location").cloned());
    let body = response.text().await?;
    Ok(Json(json!({
        "status": status,
        "body": body,
        "location": location.is_some(),
    })))
}

pub(crate) fn path(route: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    format!("{route}?{}", pairs.join("&"))
}
