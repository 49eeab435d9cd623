//! The back office: one guard for the whole mount, its static files included.

use logto_rocket::{guarded, require_auth};
use rocket::fs::{FileServer, Options, relative};
use rocket::{Build, Rocket, State, get, routes};
use serde_json::json;

use crate::answer::Answer;
use crate::orders::Orders;

/// Users who may delete orders.
#[require_auth(scopes = "delete:orders")]
struct BackOffice;

pub(crate) fn mount(rocket: Rocket<Build>, base: &str) -> Rocket<Build> {
    rocket
        .mount(format!("{base}/back-office"), guarded::<BackOffice>(routes![dashboard, sales]))
        .mount(format!("{base}/back-office/manual"), guarded::<BackOffice>(manual()))
}

/// Files have no attribute that could guard them.
fn manual() -> FileServer {
    FileServer::new(relative!("manual"), Options::Index)
}

#[get("/")]
fn dashboard(orders: &State<Orders>) -> Answer {
    Answer::ok(json!({ "orders": orders.list().len() }))
}

#[get("/sales")]
fn sales(orders: &State<Orders>) -> Answer {
    let sold: u64 = orders.list().iter().map(|order| u64::from(order.quantity)).sum();
    Answer::ok(json!({ "items sold": sold }))
}
