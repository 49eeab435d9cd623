#![doc = include_str!("../../docs/testing.md")]

mod app;
mod bearer;
mod caller;
mod claims;
mod grants;
mod keys;
mod launch;
mod pending_request;
mod permissions;
mod request;
mod response;
mod session;
mod settings;
mod sign_in;
mod tenant;
mod test_state;
mod user;

use figment::Figment;
use rocket::{Build, Config, Rocket};

pub use app::{TestApp, advance, assert_no_requests, logto_is_down, logto_is_up};
pub use bearer::{TestBearer, TestMachine};
pub use caller::TestCaller;
pub(crate) use launch::{manage, refuses_to_listen};
pub use request::TestRequest;
pub(crate) use response::label;
pub use response::{TestResponse, assert_allowed, assert_redirects_to_sign_in, assert_refused};
pub(crate) use sign_in::sign_in;
pub(crate) use test_state::TestState;
pub use user::TestUser;

/// Rocket's settings for a test: those of `Rocket.toml` and of the environment, with the tenant of the tests in place of
/// any other. The application launches without a request, and sends none.
///
/// What leads elsewhere, or is a secret, is replaced when the application launches, wherever it comes from: `endpoint`,
/// `internal_endpoint`, `app_secret`, `machine_app_secret`, `cookie_keys`, `redis_url`, and the files of these; keys and
/// secrets are random for each application. Sessions in Redis and in a store of the application's own
/// (`Logto::fairing().session_store(..)`) are in memory. Rocket's `port` is 0. All other settings count, and can be merged:
///
/// ```
/// use logto_rocket::testing;
///
/// let settings = testing::figment()
///     .merge(("logto.resources", ["https://shopping.your-app.com/api"]))
///     .merge(("logto.session_idle", "1h"));
/// # let _ = settings;
/// ```
///
/// An application that reads other files, or sets values in code, keeps them with [`configure`].
#[must_use]
pub fn figment() -> Figment {
    settings::marked(Config::figment(), false)
}

/// The same for an API alone, which has no `app_id`. An application whose settings name an `endpoint` and no `app_id` is
/// one in any case.
#[must_use]
pub fn figment_of_api() -> Figment {
    settings::marked(Config::figment(), true)
}

/// Gives an application the settings of a test, over its own.
///
/// ```
/// use logto_rocket::{Logto, testing};
/// use rocket::local::blocking::Client;
/// use rocket::{Build, Rocket};
///
/// fn rocket() -> Rocket<Build> {
///     let settings = rocket::Config::figment().merge(("logto.prefix", "/auth"));
///     rocket::custom(settings).attach(Logto::fairing())
/// }
///
/// let client = Client::tracked(testing::configure(rocket())).unwrap();
/// # let _ = client;
/// ```
#[must_use]
pub fn configure(rocket: Rocket<Build>) -> Rocket<Build> {
    let figment = settings::marked(rocket.figment().clone(), false);
    rocket.configure(figment)
}
