//! The API's routes. The attribute of each route says what a token must allow, and whose it may be.

use logto_rocket::{Identity, require_auth};
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{Route, State, delete, get, post, routes};
use serde_json::{Value, json};

use crate::orders::{NewOrder, Order, Orders};

pub(crate) fn routes() -> Vec<Route> {
    routes![whoami, list, place, refund, cancel, count, of_organization]
}

/// Any token for this API.
#[require_auth(via = "bearer", subject = "any")]
#[get("/whoami")]
fn whoami(who: Identity) -> Json<Value> {
    Json(json!({
        "sub": who.subject(),
        "kind": who.kind().as_str(),
        "client": who.client_id(),
        "scopes": who.scopes(),
        "act": who.actor(),
    }))
}

#[require_auth(via = "bearer", subject = "any", scopes = "read:orders")]
#[get("/orders")]
fn list(orders: &State<Orders>) -> Json<Vec<Order>> {
    Json(orders.list(None))
}

#[require_auth(via = "bearer", subject = "any", scopes = "write:orders")]
#[post("/orders", data = "<order>")]
fn place(order: Json<NewOrder>, orders: &State<Orders>) -> (Status, Json<Order>) {
    (Status::Created, Json(orders.place(order.into_inner())))
}

/// Only for users with a fresh sign-in (RFC 9470).
#[require_auth(via = "bearer", scopes = "write:orders", max_age = "5m")]
#[post("/orders/<id>/refund")]
fn refund(id: u64) -> String {
    format!("refunded order {id}\n")
}

/// Only for machines.
#[require_auth(via = "bearer", subject = "machine", scopes = "delete:orders")]
#[delete("/orders/<id>")]
fn cancel(id: u64, orders: &State<Orders>) -> Status {
    orders.delete(id);
    Status::NoContent
}

/// Only for tokens that were issued to these two, whatever they allow. The key takes the place of the setting
/// `bearer_clients`, which does not list `statistics`.
#[require_auth(via = "bearer", subject = "any", clients = ["warehouse", "statistics"])]
#[get("/orders/count")]
fn count(orders: &State<Orders>) -> Json<Value> {
    Json(json!({ "orders": orders.list(None).len() }))
}

/// The orders of an organization, for a token that was issued for this API *in this organization*.
#[require_auth(via = "bearer", subject = "any", scopes = "read:orders", organization = "<org_id>")]
#[get("/orgs/<org_id>/orders")]
fn of_organization(org_id: &str, orders: &State<Orders>) -> Json<Vec<Order>> {
    Json(orders.list(Some(org_id)))
}
