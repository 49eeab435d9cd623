//! Applications on axum, each with a guard of one well-known crate. One process is one of them.
//!
//! The open route lies outside of the layers, so that all that a guard costs is counted.

mod login;
mod sessions;
mod tokens;

use std::error::Error;

use logto_benches::server;
use serde::Deserialize;
use tokio::net::TcpListener;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Deserialize)]
#[serde(tag = "application", rename_all = "kebab-case")]
enum Application {
    /// axum-login, on sessions in memory.
    Login,
    /// tower-sessions, with all that belongs to the person in the session.
    Sessions,
    /// jwt-authorizer.
    Tokens { jwks: String, issuer: String },
}

async fn open() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let application = server::settings()?;
    server::end_with_input();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    match application {
        Application::Login => {
            server::announce(address)?;
            axum::serve(listener, login::router()).await?;
        }
        Application::Sessions => {
            server::announce(address)?;
            axum::serve(listener, sessions::router()).await?;
        }
        Application::Tokens { jwks, issuer } => {
            let router = tokens::router(&jwks, &issuer).await?;
            server::announce(address)?;
            axum_07::serve(listener, router).await?;
        }
    }
    Ok(())
}
