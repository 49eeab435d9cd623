//! Where an application lives: below a path, under several origins, with another redirect URI or other cookies.

mod callback_path;
mod cookies;
#[cfg(feature = "nginx")]
mod nginx;
mod origins;
mod paths;

use logto_dev::Tenant;
use logto_dev::recorded::ROCKET_APP;
use logto_rocket::{Logto, SignIn, User, require_auth};
use logto_tests::{App, settings};
use rocket::figment::Figment;
use rocket::{Build, Rocket, Route, get, post, routes};

#[get("/")]
fn index() -> &'static str {
    "start"
}

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth]
#[post("/known")]
fn change(user: User) -> String {
    user.subject().to_owned()
}

#[get("/join?<to>")]
fn join(to: &str) -> SignIn {
    SignIn::new().return_to(to)
}

fn own_routes() -> Vec<Route> {
    routes![index, known, change, join]
}

/// A tenant that knows the application at these addresses.
async fn tenant(addresses: &[&str]) -> Tenant {
    let recorded = Tenant::recorded();
    let tenant = addresses.iter().fold(recorded, |tenant, address| {
        tenant.application_redirect(ROCKET_APP.id, format!("{address}/logto/callback"), format!("{address}/"))
    });
    tenant.start().await.unwrap()
}

/// The application with its routes at `base`.
fn rocket(tenant: &Tenant, base: &str, change: impl FnOnce(Figment) -> Figment) -> Rocket<Build> {
    rocket::custom(change(settings(tenant))).attach(Logto::fairing()).mount(base.to_owned(), own_routes())
}

async fn serve(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> App {
    App::serve(rocket(tenant, "/", change)).await
}
