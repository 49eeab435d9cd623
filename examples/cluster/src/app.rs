//! The application: one of its processes. It knows nothing of the other one.

use std::io::{self, BufRead, Write};

use logto_rocket::{Logto, MaybeUser, User, public, require_auth};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::response::content::RawHtml;
use rocket::serde::json::Json;
use rocket::{Config, State, get, routes};
use serde_json::{Value, json};

use crate::Outcome;

/// What the process is called.
struct Name(String);

/// Serves the application until whoever started it is gone. The settings come over standard input, because they
/// hold secrets; the port goes to standard output.
pub(crate) async fn run() -> Outcome<()> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let settings: Value = serde_json::from_str(&line)?;
    std::thread::spawn(end_with_parent);
    let figment = Figment::from(Config::debug_default())
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("logto", &settings["logto"]));
    let announce = AdHoc::on_liftoff("announce", |rocket| {
        let port = rocket.config().port;
        Box::pin(async move { say(port) })
    });
    // So that a browser's next request may come to the other process.
    let hang_up = AdHoc::on_response("hang up", |_, response| {
        Box::pin(async move { response.adjoin_raw_header("Connection", "close") })
    });
    let name = settings["name"].as_str().unwrap_or_default().to_owned();
    rocket::custom(figment)
        .manage(Name(name))
        .attach(Logto::fairing())
        .attach(announce)
        .attach(hang_up)
        .mount("/", routes![home, me, orders])
        .launch()
        .await?;
    Ok(())
}

/// Nobody writes any more; the end of the input is the end of the parent.
fn end_with_parent() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    std::process::exit(0);
}

fn say(port: u16) {
    let mut output = io::stdout();
    let _ = writeln!(output, "{port}").and_then(|()| output.flush());
}

#[public]
#[get("/")]
fn home(user: MaybeUser, name: &State<Name>) -> RawHtml<String> {
    let process = format!("<p>Process {} ({}) has answered. Reload.</p>", name.0, std::process::id());
    RawHtml(match user.0 {
        Some(user) => format!(
            "<h1>Hello {}</h1>{process}<p><a href=/orders>Orders</a></p>\
             <form method=post action=/logto/sign-out><button>Sign out</button></form>",
            user.subject()
        ),
        None => format!("<h1>A cluster</h1>{process}<p><a href=/logto/sign-in>Sign in</a></p>"),
    })
}

#[require_auth]
#[get("/me")]
fn me(user: User, name: &State<Name>) -> Json<Value> {
    Json(json!({ "process": name.0, "user": user.subject() }))
}

/// Needs an access token for the API; the session has one, and gets another when it ends.
#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(name: &State<Name>) -> Json<Value> {
    Json(json!({ "process": name.0, "orders": ["Teapot", "Cups"] }))
}
