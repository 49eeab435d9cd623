//! What a refusal looks like: to the letter of the specifications, and beside whatever else an application does
//! to its answers.

mod catchers;
mod challenge;
mod cors;
mod pages;

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Issue, Tenant};
use logto_rocket::{Clock, Identity, Logto, LogtoFairing, User, require_auth};
use logto_tests::{Answer, App, Ask, Browser, settings};
use rocket::http::Status;
use rocket::{Build, Rocket, Route, get, post, routes};

#[require_auth(scopes = "read:orders write:orders")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(any_scope = "read:orders delete:orders", subject = "any")]
#[get("/any")]
fn any() -> &'static str {
    "any"
}

#[require_auth(scopes = "write:orders", max_age = "5m", via = "bearer")]
#[post("/fresh")]
fn fresh() -> &'static str {
    "fresh"
}

#[require_auth(scopes = "read:orders", organization = "<org_id>")]
#[get("/orgs/<org_id>")]
fn of_organization(org_id: &str) -> &str {
    org_id
}

#[require_auth(via = "session")]
#[get("/profile")]
fn profile() -> &'static str {
    "profile"
}

/// A handler that says no for reasons of its own.
#[get("/own/<status>")]
fn own(status: u16, _perhaps: Option<User>) -> Status {
    Status::from_code(status).unwrap_or(Status::ImATeapot)
}

#[require_auth(otherwise = "forward")]
#[get("/front")]
fn front() -> &'static str {
    "front"
}

/// Where whoever is not signed in arrives instead, to hear a no that is the application's.
#[get("/front", rank = 2)]
fn front_of_others() -> Status {
    Status::Unauthorized
}

fn all() -> Vec<Route> {
    routes![orders, any, fresh, of_organization, profile, own, front, front_of_others]
}

fn fairing(tenant: &Tenant) -> LogtoFairing {
    let clock = tenant.clock().clone();
    Logto::fairing().clock(Clock::new(move || clock.now()))
}

fn rocket(tenant: &Tenant) -> Rocket<Build> {
    rocket::custom(settings(tenant)).attach(fairing(tenant)).mount("/", all())
}

/// An application with its tenant.
struct House {
    tenant: Tenant,
    app: App,
}

impl House {
    async fn open() -> House {
        House::of(rocket).await
    }

    async fn of(rocket: impl FnOnce(&Tenant) -> Rocket<Build>) -> House {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = App::serve(rocket(&tenant)).await;
        House { tenant, app }
    }

    fn token(&self, issue: Issue) -> String {
        self.tenant.access_token(issue).unwrap()
    }

    async fn call(&self, ask: Ask) -> Answer {
        Browser::new(&self.app).send(ask).await
    }
}

fn alice() -> Issue {
    Issue::user("alice").resource(SHOPPING_API)
}
