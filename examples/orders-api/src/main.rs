//! `cargo run -p orders-api`: an API on <http://localhost:8000/api>, with a built-in tenant unless `ROCKET_LOGTO`
//! names a real one.

use std::process::ExitCode;

use logto_dev::Tenant;
use orders_api::launch::launch;
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
    let address = address(&figment);
    if names_a_tenant(&figment) {
        return Ok(launch(orders_api::rocket(figment), || open(&address)).await?);
    }
    let tenant = built_in::start(&resource(&figment))?;
    let introduction = introduction(&address, &tenant)?;
    let api = orders_api::rocket(built_in::configure(figment, &tenant));
    let outcome = launch(api, || introduce(&introduction, &address)).await;
    tenant.shutdown().await;
    Ok(outcome?)
}

/// The commands of the README, with the actual addresses.
fn introduction(address: &str, tenant: &Tenant) -> Result<String, logto_dev::Error> {
    let mut text = format!("PAT={}\n", tenant.users().personal_access_token("dana")?);
    text += &format!("SAMS_PAT={}\n", tenant.users().personal_access_token("sam")?);
    for step in tour::steps() {
        text += &format!("{}\n", step.command_for(address, tenant.endpoint()));
    }
    Ok(text)
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
fn introduce(introduction: &str, address: &str) {
    println!("\nTry it, in another terminal (examples/orders-api/README.md explains each):\n");
    print!("{introduction}");
    open(address);
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
fn open(address: &str) {
    println!("\n  Open      {address}");
}
