//! `cargo run -p orders-api`: an API on <http://localhost:8000/api>, with a tenant of its own unless `ROCKET_LOGTO`
//! names a real one.

use std::process::ExitCode;

use logto_dev::Tenant;
use orders_api::{address, built_in, figment, names_a_tenant, resource, tour};

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
    let figment = figment();
    if names_a_tenant(&figment) {
        orders_api::rocket(figment).launch().await?;
        return Ok(());
    }
    let tenant = built_in::start(&resource(&figment))?;
    introduce(&address(&figment), &tenant)?;
    let outcome = orders_api::rocket(built_in::configure(figment, &tenant)).launch().await;
    tenant.shutdown().await;
    outcome?;
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is what the program has to say")]
fn introduce(address: &str, tenant: &Tenant) -> Result<(), logto_dev::Error> {
    println!("\nTry it, in another terminal (examples/orders-api/README.md says what each is about):\n");
    println!("PAT={}", tenant.users().personal_access_token("dana")?);
    println!("SAMS_PAT={}", tenant.users().personal_access_token("sam")?);
    for step in tour::steps() {
        println!("{}", step.command.replace("http://localhost:8000", address));
    }
    println!();
    Ok(())
}
