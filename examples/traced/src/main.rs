//! `cargo run -p traced`: prints the traces of an application on <http://localhost:8000>, with a built-in tenant.

use logto_dev::{Tenant, recorded};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced::subscriber;

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Prints each span at its end. A batch exporter is for production.
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    subscriber::install(&provider)?;
    let tenant = Tenant::recorded().start().await?;
    let figment = traced::figment()
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.app_id", recorded::ROCKET_APP.id))
        .merge(("logto.app_secret", recorded::ROCKET_APP.secret))
        .merge(("logto.machine_app_id", recorded::M2M_APP.id))
        .merge(("logto.machine_app_secret", recorded::M2M_APP.secret));
    let outcome = traced::rocket(figment).launch().await;
    tenant.shutdown().await;
    provider.shutdown()?;
    outcome?;
    Ok(())
}
