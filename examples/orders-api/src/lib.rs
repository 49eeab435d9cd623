//! An API without pages: it takes access tokens and nothing else, from people's applications and from machines.

mod api;
pub mod built_in;
mod orders;
pub mod tour;

use logto_rocket::{Logto, public};
use rocket::figment::Figment;
use rocket::{Build, Config, Rocket, get, routes};

/// The API. `figment` holds Rocket's settings and, under `logto`, the tenant's.
#[must_use]
pub fn rocket(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .manage(orders::Orders::default())
        .attach(Logto::fairing())
        .mount("/", routes![about])
        .mount("/api", api::routes())
}

/// Everybody may read what this is; `unguarded = "deny"` wants that to be said.
#[public]
#[get("/")]
fn about() -> &'static str {
    "The orders API. Where to get a token: /.well-known/oauth-protected-resource/api\n"
}

/// Rocket's settings, and what the API asks of any tenant: that its own address is registered there as an API
/// resource.
#[must_use]
pub fn figment() -> Figment {
    let figment = Config::figment().join(("logto.unguarded", "deny")).join(("logto.resource_metadata", true));
    let figment = figment.clone().join(("logto.resources", [resource(&figment)]));
    // It keeps no sessions; an example that is built for release still runs on somebody's own machine.
    if figment.contains("logto.cookie_keys") { figment } else { figment.select(Config::DEBUG_PROFILE) }
}

/// Whether the settings name a tenant to use instead of the built-in one.
#[must_use]
pub fn names_a_tenant(figment: &Figment) -> bool {
    figment.contains("logto.endpoint")
}

/// The API's address.
#[must_use]
pub fn address(figment: &Figment) -> String {
    let port: u16 = figment.extract_inner("port").unwrap_or(8000);
    figment.extract_inner("logto.public_url").unwrap_or_else(|_| format!("http://localhost:{port}"))
}

/// The indicator of the API resource: where it is.
#[must_use]
pub fn resource(figment: &Figment) -> String {
    format!("{}/api", address(figment))
}
