//! One process of the application under test. It ends when its parent does.
//!
//! On its first line of input it is told its settings as JSON (`logto` are those of the fairing, and `store` names a SQL
//! database where sessions are in one), and says `port <number>` once it listens. `later <milliseconds>` moves its clock; it answers `later`.
#![allow(clippy::expect_used, reason = "a node that cannot start is a test that fails")]

use std::io::{self, BufRead, Write};
use std::time::Duration;

use logto_rocket::store::StoreError;
use logto_rocket::{Clock, Error, Logto, LogtoFairing, public};
use logto_tests::{probe_app, rocket_settings};
use rocket::fairing::AdHoc;
use rocket::{State, post, routes};
use serde_json::Value;

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = logto_dev::Clock::default();
    let mut first = String::new();
    io::stdin().lock().read_line(&mut first)?;
    let settings: Value = serde_json::from_str(&first)?;
    std::thread::spawn({
        let clock = clock.clone();
        move || listen(&clock)
    });
    let fairing =
        with_store(Logto::fairing().clock(Clock::new(move || clock.now())), &settings["store"]).await?;
    let announce = AdHoc::on_liftoff("tell the port", |rocket| {
        say(&format!("port {}", rocket.config().port));
        Box::pin(async {})
    });
    probe_app(rocket_settings().merge(("logto", &settings["logto"])), fairing)
        .attach(announce)
        .mount("/", routes![end_all])
        .launch()
        .await?;
    Ok(())
}

/// The fairing with the store that the test wants. Without one, the settings of the fairing say where sessions are.
async fn with_store(fairing: LogtoFairing, store: &Value) -> Result<LogtoFairing, StoreError> {
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    let limit = Duration::from_millis(store["time_limit_ms"].as_u64().unwrap_or_default());
    #[cfg(feature = "postgres")]
    if let Some(url) = store["postgres"].as_str() {
        let store = logto_sqlx::PostgresStore::builder(url).time_limit(limit).max_connections(5);
        return Ok(fairing.session_store(store.connect().await?));
    }
    #[cfg(feature = "sqlite")]
    if let Some(path) = store["sqlite"].as_str() {
        let store = logto_sqlx::SqliteStore::builder(path).time_limit(limit);
        return Ok(fairing.session_store(store.connect().await?));
    }
    let named = |kind: &str| store.get(kind).is_some();
    assert!(!named("postgres") && !named("sqlite"), "a store that this build does not have");
    Ok(fairing)
}

/// An administrator ends all sessions of a person.
#[public]
#[post("/people/<id>/end")]
async fn end_all(id: &str, logto: &State<Logto>) -> Result<(), Error> {
    logto.end_sessions_of(id).await
}

/// Does as it is told, until nobody is there to tell.
fn listen(clock: &logto_dev::Clock) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let by = line.strip_prefix("later ").and_then(|by| by.parse().ok()).expect("a word that is known");
        clock.advance(Duration::from_millis(by));
        say("later");
    }
    std::process::exit(0);
}

fn say(what: &str) {
    let mut output = io::stdout();
    // Nobody listens any more: then the end is near.
    let _ = writeln!(output, "{what}").and_then(|()| output.flush());
}
