//! The routes under the prefix: one file an endpoint.

mod attempts;
mod backchannel_logout;
mod callback;
mod ends;
mod query;
mod reply;
mod sign_in;
mod sign_out;
mod user;
mod webhook;

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Route, Sentinel, routes};

use crate::config::Config;
use crate::guard::access::{Asked, BUILT_IN};
use crate::guard::launch::refuses_as_a_whole;
use crate::guard::{RequestState, Rule};
use crate::logto::Logto;

/// The routes that the fairing mounts.
pub(crate) fn all(config: &Config) -> Vec<Route> {
    let mut routes = routes![
        sign_in::sign_in,
        sign_in::sign_up,
        callback::callback,
        sign_out::sign_out,
        sign_out::sign_out_by_link,
        user::user
    ];
    if config.backchannel_logout {
        routes.extend(routes![
            backchannel_logout::backchannel_logout,
            backchannel_logout::backchannel_logout_by_link
        ]);
    }
    if !config.webhook_signing_keys.is_empty() {
        routes.extend(routes![webhook::webhook, webhook::webhook_by_link]);
    }
    routes
}

/// The request itself: these endpoints look at more of it than parameters can say.
struct Incoming<'r> {
    request: &'r Request<'r>,
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
