//! The routes under the prefix: one file an endpoint.

mod attempts;
mod callback;
mod query;
mod reply;
mod sign_in;
mod sign_out;
mod user;

use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, Route, routes};

use crate::logto::Logto;

/// The routes that the fairing mounts.
pub(crate) fn all() -> Vec<Route> {
    routes![
        sign_in::sign_in,
        sign_in::sign_up,
        callback::callback,
        sign_out::sign_out,
        sign_out::sign_out_by_link,
        user::user
    ]
}

/// The request itself: these endpoints look at more of it than parameters can say.
struct Incoming<'r> {
    request: &'r Request<'r>,
    logto: &'r Logto,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Incoming<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        // Rocket answers HEAD with GET routes; these do things, and a code is spent by looking.
        if request.method() == Method::Head {
            return Outcome::Error((Status::MethodNotAllowed, ()));
        }
        match request.rocket().state::<Logto>() {
            Some(logto) => Outcome::Success(Incoming { request, logto }),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}
