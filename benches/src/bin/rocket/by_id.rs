//! A guard by hand: the cookie holds a random id, whose SHA-256 leads to the session in a concurrent map.

use std::sync::Arc;

use aws_lc_rs::digest;
use logto_benches::session::Session;
use moka::sync::Cache;
use rocket::figment::Figment;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Build, Rocket, State, get, routes};

use crate::bare::open;

const COOKIE: &str = "session";

type Sessions = Cache<Vec<u8>, Arc<Session>>;

struct SignedIn(Arc<Session>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let session = request
            .cookies()
            .get(COOKIE)
            .and_then(|cookie| request.rocket().state::<Sessions>()?.get(&hash(cookie.value())))
            .filter(|session| session.is_alive());
        match session {
            Some(session) => Outcome::Success(SignedIn(session)),
            None => Outcome::Forward(Status::Unauthorized),
        }
    }
}

fn hash(id: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, id.as_bytes()).as_ref().to_vec()
}

#[get("/guarded")]
fn guarded(who: SignedIn) -> &'static str {
    if who.0.subject.is_empty() { "nobody" } else { "ok" }
}

#[get("/login")]
fn login(cookies: &CookieJar<'_>, sessions: &State<Sessions>) -> Result<(), Status> {
    let mut id = [0; 32];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| Status::InternalServerError)?;
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    sessions.insert(hash(&id), Arc::new(Session::begin()));
    cookies.add(Cookie::new(COOKIE, id));
    Ok(())
}

pub(crate) fn rocket(figment: Figment) -> Rocket<Build> {
    let sessions: Sessions = Cache::new(100_000);
    rocket::custom(figment).manage(sessions).mount("/", routes![open, guarded, login])
}
