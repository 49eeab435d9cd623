//! Requests of `rocket::local` clients, signed in.

use rocket::local::{asynchronous, blocking};

use super::caller::TestCaller;
use super::pending_request;
use super::test_state::TestState;
use super::user::json;
use crate::guard::SessionValue;

/// What this crate adds to the `LocalRequest`s of Rocket's blocking and asynchronous clients.
///
/// ```
/// use logto_rocket::testing::{self, TestRequest, TestUser};
/// use logto_rocket::{Identity, Logto, require_auth};
/// use rocket::local::blocking::Client;
/// use rocket::{Build, Rocket, get, routes};
///
/// #[require_auth(scopes = "read:orders", resource = "https://shopping.your-app.com/api")]
/// #[get("/orders")]
/// fn orders(who: Identity) -> String {
///     format!("orders of {}", who.subject())
/// }
///
/// fn rocket() -> Rocket<Build> {
///     rocket::build().attach(Logto::fairing()).mount("/", routes![orders])
/// }
///
/// let settings = testing::figment().merge(("logto.resources", ["https://shopping.your-app.com/api"]));
/// let client = Client::tracked(rocket().configure(settings)).unwrap();
/// let alice = TestUser::new("alice").scopes("read:orders");
/// let response = client.get("/orders").signed_in_as(alice).dispatch();
/// assert_eq!(response.into_string().as_deref(), Some("orders of alice"));
/// ```
pub trait TestRequest: sealed::LocalRequest + Sized {
    /// Sends the request as this user or machine: with a new session for a [`TestUser`](super::TestUser), with an
    /// `Authorization` header for a [`TestBearer`](super::TestBearer) or a [`TestMachine`](super::TestMachine).
    ///
    /// The response carries the cookies of the session, so a tracked client stays signed in, as a browser does; any
    /// session that it had before is gone from its jar. No hook is called, and nothing of what a visitor had is taken
    /// over: that is what a sign-in through the routes does, with a tenant of `logto-dev`.
    ///
    /// It counts for one dispatch. Clones of a request share it, as they share all state that Rocket keeps for a request;
    /// make a new request for each caller.
    ///
    /// # Panics
    ///
    /// If the application is not configured with [`figment`](super::figment). The dispatch panics if the application has
    /// no use for such a caller; the message says what to do.
    #[must_use]
    #[track_caller]
    fn signed_in_as(self, who: impl Into<TestCaller>) -> Self {
        require_test_state(self.is_under_test());
        self.want_caller(who.into());
        self
    }

    /// Sends the request as a visitor who is not signed in, for whom the application keeps this value as
    /// [`SessionData`](crate::SessionData). A user's own is [`TestUser::session_data`](super::TestUser::session_data).
    ///
    /// # Panics
    ///
    /// If the application is not configured with [`figment`](super::figment), or the value cannot be written as JSON.
    #[must_use]
    #[track_caller]
    fn with_session_data<T: SessionValue>(self, value: &T) -> Self {
        require_test_state(self.is_under_test());
        self.want_data(T::NAME, json(value));
        self
    }
}

impl TestRequest for blocking::LocalRequest<'_> {}
impl TestRequest for asynchronous::LocalRequest<'_> {}

#[track_caller]
fn require_test_state(is_under_test: bool) {
    assert!(
        is_under_test,
        "this application has no tenant for tests: attach `Logto::fairing()`, and make the client of `rocket().configure(testing::figment())`"
    );
}

mod sealed {
    use super::{TestCaller, TestState, asynchronous, blocking, pending_request};

    pub trait LocalRequest {
        fn is_under_test(&self) -> bool;

        #[track_caller]
        fn want_caller(&self, who: TestCaller);

        #[track_caller]
        fn want_data(&self, name: &'static str, json: String);
    }

    impl LocalRequest for blocking::LocalRequest<'_> {
        fn is_under_test(&self) -> bool {
            self.inner().rocket().state::<TestState>().is_some()
        }

        #[track_caller]
        fn want_caller(&self, who: TestCaller) {
            pending_request::change(self.inner(), |pending| pending.caller = Some(who));
        }

        #[track_caller]
        fn want_data(&self, name: &'static str, json: String) {
            pending_request::change(self.inner(), |pending| pending.data.push((name, json)));
        }
    }

    impl LocalRequest for asynchronous::LocalRequest<'_> {
        fn is_under_test(&self) -> bool {
            self.inner().rocket().state::<TestState>().is_some()
        }

        #[track_caller]
        fn want_caller(&self, who: TestCaller) {
            pending_request::change(self.inner(), |pending| pending.caller = Some(who));
        }

        #[track_caller]
        fn want_data(&self, name: &'static str, json: String) {
            pending_request::change(self.inner(), |pending| pending.data.push((name, json)));
        }
    }
}
