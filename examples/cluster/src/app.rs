//! One process of the application. It does not know of the other one.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use logto_rocket::{AuthFailure, Logto, MaybeUser, Page, User, public, require_auth};
use logto_sqlx::PostgresStore;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::http::{MediaType, Status};
use rocket::response::content::RawHtml;
use rocket::serde::json::Json;
use rocket::{Config, Request, Responder, State, catch, catchers, get, routes};
use serde_json::{Value, json};

use crate::Outcome;

/// The name of the process.
struct Name(String);

/// Serves the application until the parent process ends. The settings come through standard input, because they
/// contain secrets. The port is written to standard output.
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
    // Lets a browser's next request reach the other process.
    let close_connections = AdHoc::on_response("close connections", |_, response| {
        Box::pin(async move { response.adjoin_raw_header("Connection", "close") })
    });
    let fairing = match settings["postgres"].as_str() {
        Some(url) => {
            // A long time limit for a busy machine.
            let store = PostgresStore::builder(url).time_limit(Duration::from_secs(5)).open()?;
            Logto::fairing().session_store(store)
        }
        // The settings name the Redis.
        None => Logto::fairing(),
    };
    let name = settings["name"].as_str().unwrap_or_default().to_owned();
    rocket::custom(figment)
        .manage(Name(name))
        .attach(fairing.refusals_to_catchers(true))
        .attach(announce)
        .attach(close_connections)
        .mount("/", routes![home, me, orders])
        .register("/", catchers![refused])
        .launch()
        .await?;
    Ok(())
}

/// Nothing more is written to standard input, so its end means that the parent has ended.
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
    let process = format!("<p>Process {} ({}) responded. Reload.</p>", name.0, std::process::id());
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

/// Needs an access token for the API. The session has one, which is refreshed when it expires.
#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(name: &State<Name>) -> Json<Value> {
    Json(json!({ "process": name.0, "orders": ["Teapot", "Cups"] }))
}

/// What a refusal looks like.
#[derive(Responder)]
enum Refused {
    Page(RawHtml<String>),
    Problem(Json<Value>),
}

/// Programs read which process refused them and where a sign-in begins. With `refusals_to_catchers`, the mounted routes
/// use the catcher too.
#[catch(default)]
fn refused(status: Status, request: &Request<'_>) -> (Status, Refused) {
    let page = Page::of(request);
    let is_for_people =
        request.accept().is_some_and(|accept| accept.preferred().media_type() == &MediaType::HTML);
    if let Some(page) = page.as_ref().filter(|_| is_for_people) {
        return (status, Refused::Page(RawHtml(page.to_html())));
    }
    let sign_in = AuthFailure::of(request).and_then(|failure| failure.sign_in_address(request));
    let name = request.rocket().state::<Name>().map_or("", |name| name.0.as_str());
    let code = page.map_or("not_found", |page| page.code());
    (status, Refused::Problem(Json(json!({ "process": name, "code": code, "sign_in": sign_in }))))
}
