//! The routes under the prefix: one file an endpoint.

mod attempts;
mod callback;
mod query;
mod reply;
mod sign_in;
mod sign_out;
mod user;

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Route, Sentinel, routes};

use crate::guard::access::{Asked, BUILT_IN};
use crate::guard::launch::refuses_as_a_whole;
use crate::guard::{RequestState, RequestView, Rule};
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
    request: &'r (dyn RequestView + 'r),
    logto: &'r Logto,
}

const RULE: Rule = Rule::new(BUILT_IN, "a route of the fairing", file!(), line!());

/// These routes are always mounted, so this is where the launch as a whole is looked at.
impl Sentinel for Incoming<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if Asked::notes(rocket, &RULE) {
            return false;
        }
        rocket.state::<Logto>().is_none_or(|logto| refuses_as_a_whole(rocket, logto))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Incoming<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        // These routes do things; a code is spent by looking.
        if RequestState::of(request).came_as_head() {
            return Outcome::Error((Status::MethodNotAllowed, ()));
        }
        match request.rocket().state::<Logto>() {
            Some(logto) => Outcome::Success(Incoming { request, logto }),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}
