//! A guard by hand: the whole session as JSON in Rocket's private cookie.

use logto_benches::session::Session;
use rocket::figment::Figment;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Build, Rocket, get, routes};

use crate::bare::open;

const COOKIE: &str = "session";

struct SignedIn(Session);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let session = request
            .cookies()
            .get_private(COOKIE)
            .and_then(|cookie| serde_json::from_str(cookie.value()).ok())
            .filter(Session::is_alive);
        match session {
            Some(session) => Outcome::Success(SignedIn(session)),
            None => Outcome::Forward(Status::Unauthorized),
        }
    }
}

#[get("/guarded")]
fn guarded(who: SignedIn) -> &'static str {
    if who.0.subject.is_empty() { "nobody" } else { "ok" }
}

#[get("/login")]
fn login(cookies: &CookieJar<'_>) -> Result<(), Status> {
    let session = serde_json::to_string(&Session::begin()).map_err(|_| Status::InternalServerError)?;
    cookies.add_private(Cookie::new(COOKIE, session));
    Ok(())
}

pub(crate) fn rocket(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment).mount("/", routes![open, guarded, login])
}
