//! The shop's API. The attribute of each route says who may use it.

use std::time::UNIX_EPOCH;

use logto_rocket::{AccessToken, Error, Identity, User, require_auth, with_access_token};
use rocket::http::Status;
use rocket::{Config, Route, State, delete, get, post, routes};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::base_path::BasePath;
use crate::orders::{NewOrder, Orders};

pub(crate) fn routes() -> Vec<Route> {
    routes![whoami, list_orders, place_order, delete_order, upstream, userinfo]
}

/// The caller and the credential.
#[require_auth(subject = "any")]
#[get("/api/whoami")]
fn whoami(who: Identity) -> Answer {
    Answer::ok(json!({
        "sub": who.subject(),
        "kind": who.kind().as_str(),
        "via": who.via().as_str(),
        "scopes": who.scopes().iter().collect::<Vec<_>>(),
        "organization": who.organization().map(|id| id.as_str()),
    }))
}

#[require_auth(scopes = "read:orders", subject = "any")]
#[get("/api/orders")]
fn list_orders(orders: &State<Orders>) -> Answer {
    Answer::ok(json!(orders.list()))
}

#[require_auth(scopes = "write:orders", subject = "any")]
#[post("/api/orders", data = "<order>")]
fn place_order(order: NewOrder, orders: &State<Orders>) -> Answer {
    Answer::created(json!(orders.place(order)))
}

/// A named guard for callers who may delete orders, for any number of routes.
#[require_auth(scopes = "delete:orders", subject = "any")]
struct OrderAdmin(Identity);

#[delete("/api/orders/<id>")]
fn delete_order(admin: OrderAdmin, id: u64, orders: &State<Orders>) -> Answer {
    rocket::info!("{} deleted order {id}", admin.0.subject());
    orders.delete(id);
    Answer::no_content(format!("Order {id} is deleted."))
}

/// Calls the shop's own API with the user's access token, as one service calls another.
#[with_access_token]
#[get("/api/upstream")]
async fn upstream(token: AccessToken, config: &Config, base: &State<BasePath>) -> Answer {
    let answer = call_upstream(&token, config.port, base).await;
    let status = if answer.is_ok() { Status::Ok } else { Status::BadGateway };
    let upstream = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
    let expires_at = token.expires_at().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let body = json!({
        "audience": token.resource().map(|resource| resource.as_str()),
        "scopes": token.scopes().iter().collect::<Vec<_>>(),
        "expires_at": expires_at,
        "upstream": upstream,
    });
    if status == Status::Ok { Answer::ok(body) } else { Answer::failed(status, body) }
}

async fn call_upstream(token: &AccessToken, port: u16, base: &BasePath) -> Result<Value, reqwest::Error> {
    let path = base.mount_point.trim_end_matches('/');
    let url = format!("http://127.0.0.1:{port}{path}/api/orders");
    let response = reqwest::Client::new().get(url).bearer_auth(token.secret()).send().await?;
    let status = response.status().as_u16();
    Ok(json!({ "status": status, "body": response.json::<Value>().await? }))
}

/// The user's current claims, from Logto's userinfo endpoint.
#[require_auth(via = "session")]
#[get("/api/userinfo")]
async fn userinfo(user: User) -> Result<Answer, Error> {
    Ok(Answer::ok(json!(user.info().await?)))
}
