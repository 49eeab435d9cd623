//! A small shop with pages and an API, sessions and bearer tokens, and organizations.

mod account;
mod answer;
mod api;
mod back_office;
mod base_path;
pub mod built_in;
mod cart;
pub mod customers;
mod details;
mod factors;
mod factors_page;
mod html;
pub mod launch;
mod orders;
mod organizations;
mod pages;
mod partners;
mod permissions;
mod plan;
mod qr_code;
mod receipts;
mod refused;
mod welcome;
mod workplace;

use std::net::{IpAddr, TcpListener};

use base_path::BasePath;
use logto_rocket::{Logto, LogtoFairing, public_routes};
use rocket::figment::Figment;
use rocket::fs::{FileServer, Options, relative};
use rocket::{Build, Config, Rocket};

/// The resource indicator of the shop's API, as registered in Logto.
pub const SHOPPING_API: &str = "https://shopping.your-app.com/api";

/// The scopes that a sign-in requests in addition to those of the guards.
const SCOPES: [&str; 8] = [
    "email",
    "phone",
    "roles",
    "custom_data",
    "urn:logto:scope:organization_roles",
    "identities",
    "urn:logto:scope:sessions",
    "manage:billing",
];

/// The shop. `figment` holds Rocket's settings and, under `logto`, the tenant's. With a path in `public_url` the shop
/// lives below that path.
#[must_use]
pub fn rocket(figment: Figment) -> Rocket<Build> {
    rocket_with(figment, Logto::fairing())
}

/// The shop with a fairing of the caller's, such as one with a clock for tests.
#[must_use]
pub fn rocket_with(figment: Figment, fairing: LogtoFairing) -> Rocket<Build> {
    let base = BasePath::of(&figment);
    let mount_point = base.mount_point.clone();
    let customers = customers::Customers::default();
    let fairing = customers::keep(fairing, &customers);
    // With `own_pages = false` in Rocket's settings the pages are the built-in ones.
    let has_own_pages = figment.extract_inner("own_pages").unwrap_or(true);
    let fairing = if has_own_pages { fairing.pages(refused::ShopPages) } else { fairing };
    let routes = [
        pages::routes(),
        api::routes(),
        organizations::routes(),
        cart::routes(),
        customers::routes(),
        receipts::routes(),
        welcome::routes(),
        permissions::routes(&figment),
        partners::routes(),
        account::routes(),
        factors::routes(),
        workplace::routes(),
        plan::routes(),
        details::routes(),
    ];
    let rocket = rocket::custom(figment)
        .manage(orders::Orders::default())
        .manage(base)
        .manage(customers)
        .manage(receipts::Receipts::default())
        .attach(fairing)
        .mount(mount_point.as_str(), routes.concat())
        .register("/", refused::catchers());
    let base = mount_point.trim_end_matches('/');
    // Files have no attribute that could say `#[public]`.
    let assets = public_routes(FileServer::new(relative!("assets"), Options::None));
    back_office::mount(rocket.mount(format!("{base}/assets"), assets), base)
}

/// Rocket's settings, and those of the shop for any tenant.
#[must_use]
pub fn figment() -> Figment {
    let figment = Config::figment()
        .join(("logto.resources", [SHOPPING_API]))
        .join(("logto.scopes", SCOPES))
        // A route that somebody adds later has a guard, or says that it is public.
        .join(("logto.unguarded", "deny"));
    // A release build of an example still runs in development: if no keys are
    // configured, sessions end with the process.
    if figment.contains("logto.cookie_keys") { figment } else { figment.select(Config::DEBUG_PROFILE) }
}

/// Whether the settings name a tenant to use instead of the built-in one.
#[must_use]
pub fn names_a_tenant(figment: &Figment) -> bool {
    figment.contains("logto.endpoint")
}

/// The shop's address for browsers.
#[must_use]
pub fn address(figment: &Figment) -> String {
    figment
        .extract_inner("logto.public_url")
        .unwrap_or_else(|_| format!("http://localhost:{}", port(figment)))
}

fn port(figment: &Figment) -> u16 {
    figment.extract_inner("port").unwrap_or(8000)
}

/// Uses the next free port if the shop's is in use, and prints it. Port 0 stands for any free port, because the
/// address must be known before Rocket listens.
#[must_use]
#[allow(clippy::print_stdout, reason = "the output of the program")]
pub fn with_free_port(figment: Figment) -> Figment {
    let address: IpAddr = figment.extract_inner("address").unwrap_or([127, 0, 0, 1].into());
    let bind = |port: u16| TcpListener::bind((address, port)).ok()?.local_addr().ok();
    let wanted = port(&figment);
    let last = if wanted == 0 { 0 } else { wanted.saturating_add(19) };
    match (wanted..=last).find_map(bind).map(|free| free.port()) {
        Some(free) if free != wanted => {
            if wanted != 0 {
                println!("Port {wanted} is in use; the shop uses {free}.");
            }
            figment.merge(("port", free))
        }
        // The port is free, or unusable, which Rocket reports.
        _ => figment,
    }
}
