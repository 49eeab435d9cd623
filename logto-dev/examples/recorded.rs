//! Runs the recorded tenant until it is interrupted.
//!
//! `cargo run -p logto-dev --example recorded [port] [port of the application]`

#![allow(clippy::print_stdout)]

use logto_dev::{Result, Tenant, recorded};

fn main() -> Result<()> {
    let mut ports = std::env::args().skip(1).map(|port| port.parse::<u16>());
    let mut port = |default| ports.next().and_then(|port| port.ok()).unwrap_or(default);
    let (tenant, application) = (port(3001), port(8000));
    let home = format!("http://localhost:{application}/");
    let tenant = Tenant::recorded()
        .port(tenant)
        .application_redirect(recorded::ROCKET_APP.id, format!("{home}logto/callback"), &home)
        .start_blocking()?;
    println!("endpoint:   {}", tenant.endpoint());
    println!("app id:     {}", recorded::ROCKET_APP.id);
    println!("app secret: {}", recorded::ROCKET_APP.secret);
    println!("callback:   {home}logto/callback");
    loop {
        std::thread::park();
    }
}
