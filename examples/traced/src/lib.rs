//! An application whose traces go on from its callers to Logto and to an API.

pub mod subscriber;
mod traced;

use logto_rocket::{AuthorizedClient, CallError, Identity, Logto, User, require_auth};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::{Build, Config, Rocket, State, get, routes};
pub use traced::traced;

/// The resource indicator of the API, as registered in Logto.
pub const API: &str = "https://shopping.your-app.com/api";

/// Where the API is.
struct StockApi(String);

/// The application. `stock_api` among Rocket's settings is the address of the API.
#[must_use]
pub fn rocket(figment: Figment) -> Rocket<Build> {
    let stock_api = StockApi(figment.extract_inner("stock_api").unwrap_or_default());
    rocket::custom(figment)
        .manage(stock_api)
        // The sign-in too: its code exchange is in the trace of the callback.
        .attach(Logto::fairing().map_routes(traced))
        .mount("/", traced(routes![report, stock]))
}

/// Rocket's settings, and those of the application for any tenant.
#[must_use]
pub fn figment() -> Figment {
    let figment =
        Config::figment().join(("logto.resources", [API])).join(("stock_api", "http://localhost:8000"));
    // A release build of an example still runs in development: sessions then end with the process.
    if figment.contains("logto.cookie_keys") { figment } else { figment.select(Config::DEBUG_PROFILE) }
}

/// For people: a page that needs an answer of the API.
#[require_auth(scopes = "read:orders")]
#[get("/report")]
async fn report(user: User, logto: &State<Logto>, api: &State<StockApi>) -> Result<String, Status> {
    let stock = ask(logto, &api.0).await.map_err(|error| {
        tracing::error!("the stock cannot be read: {error}");
        Status::BadGateway
    })?;
    Ok(format!("Hello {}. In stock: {stock}\n", user.claims().display_name()))
}

/// The call is in the span of the request, and carries its trace on.
async fn ask(logto: &Logto, base: &str) -> Result<String, CallError> {
    let tokens = logto.machine_tokens().resource(API).scopes("read:orders");
    let api = AuthorizedClient::new(tokens, base)?;
    let answer = api.send(api.get("stock")?).await?;
    Ok(answer.error_for_status()?.text().await?)
}

/// The API.
#[require_auth(scopes = "read:orders", via = "bearer", subject = "machine")]
#[get("/stock")]
fn stock(_who: Identity) -> &'static str {
    "7 teapots"
}
