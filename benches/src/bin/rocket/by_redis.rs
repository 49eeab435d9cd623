//! The least that a session in Redis can cost: a bare `GET` of as many bytes.

use logto_benches::SESSION_BYTES;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use rocket::figment::Figment;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Build, Rocket, State, get, routes};

use crate::bare::open;

const COOKIE: &str = "session";

struct Bytes(Vec<u8>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Bytes {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let (Some(cookie), Some(redis)) =
            (request.cookies().get(COOKIE), request.rocket().state::<ConnectionManager>())
        else {
            return Outcome::Forward(Status::Unauthorized);
        };
        match redis.clone().get::<_, Option<Vec<u8>>>(cookie.value()).await {
            Ok(Some(bytes)) => Outcome::Success(Bytes(bytes)),
            Ok(None) => Outcome::Forward(Status::Unauthorized),
            Err(_) => Outcome::Forward(Status::ServiceUnavailable),
        }
    }
}

#[get("/guarded")]
fn guarded(bytes: Bytes) -> &'static str {
    if bytes.0.len() == SESSION_BYTES { "ok" } else { "cut short" }
}

#[get("/login")]
async fn login(cookies: &CookieJar<'_>, redis: &State<ConnectionManager>) -> Result<(), Status> {
    let key = "logto-benches:a-key-that-is-about-as-long-as-a-session-s";
    let mut redis = redis.inner().clone();
    let written: redis::RedisResult<()> = redis.set(key, vec![b's'; SESSION_BYTES]).await;
    written.map_err(|_| Status::ServiceUnavailable)?;
    cookies.add(Cookie::new(COOKIE, key));
    Ok(())
}

pub(crate) async fn rocket(figment: Figment, url: &str) -> redis::RedisResult<Rocket<Build>> {
    let redis = redis::Client::open(url)?.get_connection_manager().await?;
    Ok(rocket::custom(figment).manage(redis).mount("/", routes![open, guarded, login]))
}
