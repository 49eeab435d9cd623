//! The shop's own record of its customers. The hooks of the fairing keep it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use logto_rocket::{
    Denied, LogtoFairing, SessionEnd, SignedIn, SignedOut, User, Welcome, public, require_auth,
};
use rocket::http::ContentType;
use rocket::response::content::RawHtml;
use rocket::{Request, Route, State, get, routes};

use crate::base_path::BasePath;
use crate::built_in::BOOKKEEPER_ROLE;
use crate::html::Html;

/// The user name of somebody who may sign in at the tenant and not at the shop.
pub const BARRED: &str = "mallory";

/// What the shop knows of a customer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Customer {
    /// Counted from 1, in the order in which they came.
    pub(crate) number: usize,
    pub(crate) sign_ins: usize,
    pub(crate) sign_outs: usize,
    /// Sessions that have ended otherwise than by a sign-out.
    pub(crate) ended: usize,
}

/// The customers by Logto's id. Stands for a table in a database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Customers(Arc<Mutex<BTreeMap<String, Customer>>>);

impl Customers {
    /// Changes a customer, who is added where there is none.
    fn change(&self, subject: &str, change: impl FnOnce(&mut Customer)) {
        let mut customers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = customers.len() + 1;
        let new = || Customer { number: next, ..Customer::default() };
        change(customers.entry(subject.to_owned()).or_insert_with(new));
    }

    fn find(&self, subject: &str) -> Option<Customer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(subject).cloned()
    }
}

/// Lets the hooks keep `customers`.
pub(crate) fn keep(fairing: LogtoFairing, customers: &Customers) -> LogtoFairing {
    let customers = customers.clone();
    fairing.on_sign_in(provision).on_sign_out(note_sign_out).on_session_end(async move |end: SessionEnd| {
        if let Some(subject) = end.subject() {
            customers.change(subject, |customer| customer.ended += 1);
        }
    })
}

async fn provision(user: &SignedIn<'_>, request: &Request<'_>) -> Result<Welcome, Denied> {
    if user.claims().username.as_deref() == Some(BARRED) {
        return Err(Denied::because("The shop no longer sells to you. Write to help@teahouse.example."));
    }
    if let Some(customers) = request.guard::<&State<Customers>>().await.succeeded() {
        customers.change(user.subject(), |customer| customer.sign_ins += 1);
    }
    Ok(begin(user, request))
}

/// Whoever keeps the books begins with the orders, unless the sign-in was for a page.
fn begin(user: &SignedIn<'_>, request: &Request<'_>) -> Welcome {
    let Some(base) = request.rocket().state::<BasePath>() else { return Welcome::back() };
    let keeps_books = user.claims().roles.iter().any(|role| role == BOOKKEEPER_ROLE);
    if keeps_books && user.return_to() == format!("{}/", base.public) {
        return Welcome::to(format!("{}/api/orders", base.mount_point.trim_end_matches('/')));
    }
    Welcome::back()
}

async fn note_sign_out(user: &SignedOut<'_>, request: &Request<'_>) {
    if let Some(customers) = request.guard::<&State<Customers>>().await.succeeded() {
        customers.change(user.subject(), |customer| customer.sign_outs += 1);
    }
}

pub(crate) fn routes() -> Vec<Route> {
    routes![customer, script, news, goodbye]
}

#[require_auth]
#[get("/customer")]
fn customer(user: User, customers: &State<Customers>, base: &State<BasePath>) -> RawHtml<String> {
    RawHtml(Html::customer(&base.public, &user, &customers.find(user.subject()).unwrap_or_default()))
}

/// The script of the page `customer`: it says when the session ends, and renews nothing by asking.
#[public]
#[get("/customer.js")]
fn script() -> (ContentType, &'static str) {
    (ContentType::JavaScript, include_str!("customer.js"))
}

/// For pages that poll: a tab that stays open keeps nobody signed in.
#[require_auth(keep_alive = false)]
#[get("/customer/news")]
fn news(user: User, customers: &State<Customers>) -> String {
    let ended = customers.find(user.subject()).unwrap_or_default().ended;
    format!("{ended} of your sessions ended elsewhere")
}

/// Where the button of the page `customer` leads: a sign-out from the shop alone.
#[public]
#[get("/goodbye")]
fn goodbye(base: &State<BasePath>) -> RawHtml<String> {
    RawHtml(Html::goodbye(&base.public))
}
