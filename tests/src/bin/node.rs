//! One process of the application under test. It ends when its parent does.
//!
//! On its first line of input it is told its settings (`logto`'s, as JSON), and says `port <number>` once it
//! listens. `later <milliseconds>` moves its clock; it answers `later`.
#![allow(clippy::expect_used, reason = "a node that cannot start is a test that fails")]

use std::io::{self, BufRead, Write};
use std::time::Duration;

use logto_rocket::{Clock, Error, Logto, public};
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
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let announce = AdHoc::on_liftoff("tell the port", |rocket| {
        say(&format!("port {}", rocket.config().port));
        Box::pin(async {})
    });
    probe_app(rocket_settings().merge(("logto", settings)), fairing)
        .attach(announce)
        .mount("/", routes![end_all])
        .launch()
        .await?;
    Ok(())
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
