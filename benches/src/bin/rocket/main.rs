//! Applications on Rocket: ours, one without any guard, and guards by hand. One process is one of them.

mod bare;
mod by_id;
mod by_private_cookie;
mod by_redis;
mod logto;
mod verify;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use logto_benches::server;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Config, Rocket};
use serde::Deserialize;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Which application, with its settings.
#[derive(Deserialize)]
#[serde(tag = "application", rename_all = "kebab-case")]
enum Application {
    Logto {
        /// What goes under `[default.logto]`.
        logto: Value,
        /// How many sessions of others there are beside those that sign in.
        #[serde(default)]
        fill: u32,
        /// The address of a PostgreSQL that keeps the sessions.
        #[serde(default)]
        postgres: Option<String>,
        /// The path of a SQLite file that keeps them.
        #[serde(default)]
        sqlite: Option<PathBuf>,
    },
    Bare,
    ById,
    ByPrivateCookie,
    ByRedis {
        url: String,
    },
    /// No server: verifies signatures whenever it is told to.
    Verify {
        x: String,
        y: String,
        tokens: Vec<String>,
    },
}

#[rocket::main]
async fn main() -> Outcome<()> {
    let application = server::settings()?;
    if let Application::Verify { x, y, tokens } = &application {
        return verify::run(x, y, tokens);
    }
    server::end_with_input();
    let rocket = match application {
        Application::Logto { logto, fill, postgres, sqlite } => {
            let stores = logto::Stores { fill, postgres, sqlite };
            logto::rocket(settings().merge(("logto", logto)), stores).await?
        }
        Application::Bare => bare::rocket(settings()),
        Application::ById => by_id::rocket(settings()),
        Application::ByPrivateCookie => by_private_cookie::rocket(settings()),
        Application::ByRedis { url } => by_redis::rocket(settings(), &url).await?,
        Application::Verify { .. } => return Ok(()),
    };
    announced(rocket).launch().await?;
    Ok(())
}

fn settings() -> Figment {
    Figment::from(Config::release_default())
        .merge(("address", "127.0.0.1"))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        // Of the guard by hand with a private cookie; nobody else uses it.
        .merge((
            "secret_key",
            "aGVyZSBhcmUgc2l4dHktZm91ciBieXRlcyBmb3IgYSBiZW5jaG1hcmssIG5vdCBhIHNlY3JldCEhISEhISEhIQ==",
        ))
}

fn announced(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.attach(AdHoc::on_liftoff("tell the address", |rocket| {
        let config = rocket.config();
        // Nobody listens any more: then the end is near.
        let _ = server::announce(SocketAddr::from((config.address, config.port)));
        Box::pin(async {})
    }))
}
