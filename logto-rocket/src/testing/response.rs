//! Assertions about the responses of `rocket::local` clients.

use rocket::http::{HeaderMap, Status};
use rocket::local::{asynchronous, blocking};
use rocket::{Request, Response};

use super::test_state::TestState;
use crate::guard::RequestState;
use crate::logto::{Logto, WebApp};

/// The header that carries the code of a refusal in the responses of an application under test. It is written after the
/// application's catchers, whose response may show no code.
const REFUSAL: &str = "Logto-Test-Refusal";

/// Says that the response leads to the sign-in route of this crate.
const TO_SIGN_IN: &str = "Logto-Test-To-Sign-In";

/// Writes into the response of an application under test what the assertions read.
pub(crate) fn label(request: &Request<'_>, response: &mut Response<'_>) {
    if request.rocket().state::<TestState>().is_none() {
        return;
    }
    if let Some(code) = RequestState::of(request).refusal_code() {
        response.set_raw_header(REFUSAL, code);
    }
    if leads_to_sign_in(request, response) {
        response.set_raw_header(TO_SIGN_IN, "true");
    }
}

fn leads_to_sign_in(request: &Request<'_>, response: &Response<'_>) -> bool {
    let web_app = request.rocket().state::<Logto>().and_then(Logto::web_app);
    let location = response.headers().get_one("Location").unwrap_or_default();
    let path = location.split_once('?').map_or(location, |(path, _)| path);
    web_app.is_some_and(|WebApp(web_app)| path.strip_prefix(&web_app.config.prefix) == Some("/sign-in"))
}

/// A response of Rocket's blocking or asynchronous client.
pub trait TestResponse: sealed::LocalResponse {
    /// The code of the refusal, as the page [`refusals`](crate::refusals) lists them. `None` if neither a guard nor a route
    /// of this crate refused the request. It is there whatever the application's own catchers respond.
    fn refusal(&self) -> Option<&str> {
        self.header_map().get_one(REFUSAL)
    }
}

impl TestResponse for blocking::LocalResponse<'_> {}
impl TestResponse for asynchronous::LocalResponse<'_> {}

/// Asserts that the request was refused with this code, such as `not_signed_in` or `insufficient_scope`: by a guard, or by
/// a route of this crate. A browser that is sent to sign-in is refused too.
///
/// # Panics
///
/// If it was not. The message says what the response was.
///
/// ```
/// # use logto_rocket::testing::{self, TestRequest, TestUser, assert_refused};
/// # use logto_rocket::{Logto, require_auth};
/// # use rocket::{get, local::blocking::Client, routes};
/// # #[require_auth(roles = "admin")]
/// # #[get("/admin")]
/// # fn admin() {}
/// # let rocket = rocket::custom(testing::figment()).attach(Logto::fairing()).mount("/", routes![admin]);
/// # let client = Client::tracked(rocket).unwrap();
/// let response = client.get("/admin").signed_in_as(TestUser::new("alice")).dispatch();
/// assert_refused(&response, "missing_role");
/// ```
#[track_caller]
pub fn assert_refused(response: &impl TestResponse, code: &str) {
    let is_refused = response.refusal() == Some(code);
    assert!(is_refused, "the request was not refused with `{code}`: the response is {}", described(response));
}

/// Asserts that a browser is sent to sign-in: a redirect to the sign-in route of this crate. Requests of a
/// `rocket::local` client are those of a browser if they say so, as with `.header(Accept::HTML)`.
///
/// # Panics
///
/// If it is not. The message says what the response was.
#[track_caller]
pub fn assert_redirects_to_sign_in(response: &impl TestResponse) {
    let redirects = response.status_code() == Status::SeeOther
        && response.refusal().is_some()
        && response.header_map().contains(TO_SIGN_IN);
    assert!(
        redirects,
        "the browser is not sent to sign-in: the response is {}; a request of a browser has `.header(Accept::HTML)`",
        described(response)
    );
}

/// Asserts that neither a guard nor a route of this crate refused the request. The application may have responded with any
/// status.
///
/// # Panics
///
/// If it was refused. The message says with which code.
#[track_caller]
pub fn assert_allowed(response: &impl TestResponse) {
    assert!(response.refusal().is_none(), "the request was refused: the response is {}", described(response));
}

fn described(response: &impl TestResponse) -> String {
    let refusal = match response.refusal() {
        Some(code) => format!("refused with `{code}`"),
        None => "not refused by Logto".to_owned(),
    };
    let headers = ["Location", "WWW-Authenticate"].into_iter().filter_map(|name| {
        let value = response.header_map().get_one(name)?;
        Some(format!(", {name}: {value}"))
    });
    format!("{}, {refusal}{}", response.status_code(), headers.collect::<String>())
}

mod sealed {
    use super::{HeaderMap, Status, asynchronous, blocking};

    pub trait LocalResponse {
        fn status_code(&self) -> Status;
        fn header_map(&self) -> &HeaderMap<'_>;
    }

    impl LocalResponse for blocking::LocalResponse<'_> {
        fn status_code(&self) -> Status {
            self.status()
        }

        fn header_map(&self) -> &HeaderMap<'_> {
            self.headers()
        }
    }

    impl LocalResponse for asynchronous::LocalResponse<'_> {
        fn status_code(&self) -> Status {
            self.status()
        }

        fn header_map(&self) -> &HeaderMap<'_> {
            self.headers()
        }
    }
}
