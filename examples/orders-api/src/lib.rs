//! An API alone: nobody signs in to it, and it has no pages. It accepts only access tokens, those of users and those of
//! machines. Its two settings are the tenant and its own identifier there.

mod api;
pub mod built_in;
pub mod launch;
mod orders;
pub mod tour;

use std::net::{IpAddr, TcpListener};

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

/// A public route. `unguarded = "deny"` requires the attribute.
#[public]
#[get("/")]
fn about() -> &'static str {
    "The orders API. Where to get a token: /.well-known/oauth-protected-resource/api\n"
}

/// Rocket's settings, and those of the API for any tenant: its own address must be registered there as an API
/// resource.
#[must_use]
pub fn figment() -> Figment {
    let figment = Config::figment();
    // With a real tenant the address is registered there, so it must not change.
    let figment = if names_a_tenant(&figment) { figment } else { with_free_port(figment) };
    let figment = figment.join(("logto.unguarded", "deny")).join(("logto.resource_metadata", true));
    figment.clone().join(("logto.resources", [resource(&figment)]))
}

/// Whether the settings name a tenant to use instead of the built-in one.
#[must_use]
pub fn names_a_tenant(figment: &Figment) -> bool {
    figment.contains("logto.endpoint")
}

/// The API's address on this machine.
#[must_use]
pub fn address(figment: &Figment) -> String {
    format!("http://localhost:{}", port(figment))
}

fn port(figment: &Figment) -> u16 {
    figment.extract_inner("port").unwrap_or(8000)
}

/// Uses the next free port if the API's is in use, and prints it. Port 0 stands for any free port, because the
/// address must be known before Rocket listens.
#[allow(clippy::print_stdout, reason = "the output of the program")]
fn with_free_port(figment: Figment) -> Figment {
    let address: IpAddr = figment.extract_inner("address").unwrap_or([127, 0, 0, 1].into());
    let bind = |port: u16| TcpListener::bind((address, port)).ok()?.local_addr().ok();
    let wanted = port(&figment);
    let last = if wanted == 0 { 0 } else { wanted.saturating_add(19) };
    match (wanted..=last).find_map(bind).map(|free| free.port()) {
        Some(free) if free != wanted => {
            if wanted != 0 {
                println!("Port {wanted} is in use; the API uses {free}.");
            }
            figment.merge(("port", free))
        }
        // The port is free, or unusable, which Rocket reports.
        _ => figment,
    }
}

/// The resource indicator of the API: the one in the settings, else its address on this machine.
#[must_use]
pub fn resource(figment: &Figment) -> String {
    let of_settings: Option<Vec<String>> = figment.extract_inner("logto.resources").ok();
    let first = of_settings.and_then(|resources| resources.into_iter().next());
    first.unwrap_or_else(|| format!("{}/api", address(figment)))
}
