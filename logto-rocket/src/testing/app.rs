//! What a test says to an application as a whole, and what it asks of it.

use std::time::Duration;

use rocket::local::{asynchronous, blocking};
use rocket::{Orbit, Rocket};

use super::test_state::TestState;

/// A client of `rocket::local`, or its `Rocket`.
pub trait TestApp: sealed::Launched {}

impl TestApp for Rocket<Orbit> {}
impl TestApp for blocking::Client {}
impl TestApp for asynchronous::Client {}

/// From now on no endpoint of Logto responds to the application. What needs none goes on, as in production: sessions whose
/// access tokens are good, and bearer tokens, since the application has the key set. What needs one fails with 503, such
/// as a session with [`tokens_expired`](super::TestUser::tokens_expired).
///
/// ```
/// # use logto_rocket::testing::{self, TestRequest, TestUser, assert_refused};
/// # use logto_rocket::{Logto, require_auth};
/// # use rocket::{get, local::blocking::Client, routes};
/// # #[require_auth(scopes = "read:orders", resource = "https://shopping.your-app.com/api")]
/// # #[get("/orders")]
/// # fn orders() {}
/// # let settings = testing::figment().merge(("logto.resources", ["https://shopping.your-app.com/api"]));
/// # let rocket = rocket::custom(settings).attach(Logto::fairing()).mount("/", routes![orders]);
/// # let client = Client::tracked(rocket).unwrap();
/// let alice = TestUser::new("alice").scopes("read:orders");
/// testing::logto_is_down(&client);
/// let response = client.get("/orders").signed_in_as(&alice).dispatch();
/// testing::assert_allowed(&response);
/// let response = client.get("/orders").signed_in_as(alice.tokens_expired()).dispatch();
/// assert_refused(&response, "logto_unavailable");
/// ```
///
/// # Panics
///
/// If the application is not configured with [`figment`](super::figment).
#[track_caller]
pub fn logto_is_down(app: &impl TestApp) {
    test_state_of(app).tenant().set_down(true);
}

/// Ends what [`logto_is_down`] began. As in production, the application does not call an endpoint again for some seconds
/// after several failures: [`advance`] its clock.
///
/// # Panics
///
/// If the application is not configured with [`figment`](super::figment).
#[track_caller]
pub fn logto_is_up(app: &impl TestApp) {
    test_state_of(app).tenant().set_down(false);
}

/// Moves the application's clock forward, in whole seconds: sessions grow old, and tokens expire. A session in memory is
/// forgotten by the time of the system, and is expired before.
///
/// ```
/// # use std::time::Duration;
/// # use logto_rocket::testing::{self, TestRequest, TestUser, assert_refused};
/// # use logto_rocket::{Logto, require_auth};
/// # use rocket::{get, local::blocking::Client, routes};
/// # #[require_auth]
/// # #[get("/profile")]
/// # fn profile() {}
/// # let rocket = rocket::custom(testing::figment()).attach(Logto::fairing()).mount("/", routes![profile]);
/// # let client = Client::tracked(rocket).unwrap();
/// let response = client.get("/profile").signed_in_as(TestUser::new("alice")).dispatch();
/// testing::assert_allowed(&response);
/// testing::advance(&client, Duration::from_secs(15 * 24 * 3600));
/// assert_refused(&client.get("/profile").dispatch(), "not_signed_in");
/// ```
///
/// # Panics
///
/// If the application is not configured with [`figment`](super::figment), and for a fraction of a second: the clock counts
/// whole ones.
#[track_caller]
pub fn advance(app: &impl TestApp, by: Duration) {
    assert!(by.subsec_nanos() == 0, "the clock counts whole seconds, so it cannot be moved by {by:?}");
    test_state_of(app).advance(by);
}

/// Asserts that this crate has had no reason to send a request: every call to Logto got its response from the tenant in this
/// process, and [`AuthorizedClient`](crate::AuthorizedClient) has called no API. Such requests are not sent in any case:
/// they fail, and are counted here.
///
/// What the application sends with HTTP clients of its own is out of sight.
///
/// # Panics
///
/// If there were such requests. The message lists them. And if the application is not configured with
/// [`figment`](super::figment).
#[track_caller]
pub fn assert_no_requests(app: &impl TestApp) {
    let refused = test_state_of(app).tenant().refused().join(", ");
    assert!(refused.is_empty(), "these requests would have left the process: {refused}");
}

#[track_caller]
fn test_state_of(app: &impl TestApp) -> &TestState {
    match app.launched().state::<TestState>() {
        Some(test_state) => test_state,
        None => panic!(
            "this application has no tenant for tests: attach `Logto::fairing()`, and make the client of `rocket().configure(testing::figment())`"
        ),
    }
}

mod sealed {
    use super::{Orbit, Rocket, asynchronous, blocking};

    pub trait Launched {
        fn launched(&self) -> &Rocket<Orbit>;
    }

    impl Launched for Rocket<Orbit> {
        fn launched(&self) -> &Rocket<Orbit> {
            self
        }
    }

    impl Launched for blocking::Client {
        fn launched(&self) -> &Rocket<Orbit> {
            self.rocket()
        }
    }

    impl Launched for asynchronous::Client {
        fn launched(&self) -> &Rocket<Orbit> {
            self.rocket()
        }
    }
}
