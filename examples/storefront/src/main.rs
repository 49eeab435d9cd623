//! `cargo run -p storefront`: a shop on <http://localhost:8000>, with a tenant of its own unless
//! `ROCKET_LOGTO` names a real one.

use std::process::ExitCode;

use logto_dev::Tenant;
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use storefront::{built_in, figment, names_a_tenant, with_free_port};

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

#[allow(clippy::print_stdout, reason = "this is what the program has to say")]
async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let shop = with_free_port(figment());
    if names_a_tenant(&shop) {
        println!("The shop: {}", storefront::address(&shop));
        return Ok(launch(shop).await?);
    }
    let tenant = built_in::start(&storefront::address(&shop))?;
    introduce(&storefront::address(&shop), &tenant);
    let shop = built_in::configure(shop, &tenant);
    let outcome = launch(shop).await;
    tenant.shutdown().await;
    Ok(outcome?)
}

/// Rocket tells the cause of most failures in its log, but not of a wrong setting of its own.
async fn launch(shop: Figment) -> Result<(), String> {
    match storefront::rocket(shop).launch().await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::Config(cause) => format!("{error}: {cause}"),
            _ => error.to_string(),
        }),
    }
}

#[allow(clippy::print_stdout, reason = "this is what the program has to say")]
fn introduce(address: &str, tenant: &Tenant) {
    println!();
    println!("  Open      {address}");
    println!("  Tenant    {} (inside this process)", tenant.endpoint());
    println!("  Sign in as one of");
    println!("    alice   may read and write orders; administrator of Acme");
    println!("    bob     may do nothing yet");
    println!("    carol   member of Acme and Globex");
    println!();
    println!("  A real tenant: ROCKET_LOGTO='{{endpoint=\"https://..\",app_id=\"..\",app_secret=\"..\"}}'");
    println!();
}
