//! `cargo run -p storefront`: a shop on <http://localhost:8000>, with a built-in tenant unless
//! `ROCKET_LOGTO` names a real one.

use std::process::ExitCode;

use logto_dev::Tenant;
use storefront::launch::launch;
use storefront::{address, built_in, figment, names_a_tenant, with_free_port};

#[rocket::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let shop = with_free_port(figment());
    let address = address(&shop);
    if names_a_tenant(&shop) {
        return Ok(launch(storefront::rocket(shop), || open(&address)).await?);
    }
    let tenant = built_in::start(&address)?;
    let shop = built_in::configure(shop, &tenant);
    let outcome = launch(storefront::rocket(shop), || introduce(&address, &tenant)).await;
    tenant.shutdown().await;
    Ok(outcome?)
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
fn introduce(address: &str, tenant: &Tenant) {
    println!();
    println!("  Tenant    {} (inside this process)", tenant.endpoint());
    println!("  A real tenant: ROCKET_LOGTO='{{endpoint=\"https://..\",app_id=\"..\",app_secret=\"..\"}}'");
    println!("  Sign in as one of");
    println!("    alice   reads and writes orders; administrator of Acme");
    println!("    bob     has no permissions yet");
    println!("    carol   member of Acme and Globex");
    println!("    frank   manager of Acme and member of Globex");
    println!("    erin    keeps the books: exports orders");
    println!("    mallory is known to the tenant, and refused by the shop");
    open(address);
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
fn open(address: &str) {
    println!();
    println!("  Open      {address}");
}
