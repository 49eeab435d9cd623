//! A request to one of the routes under the prefix.

use std::any::TypeId;

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::guard::access::BUILT_IN;
use crate::guard::launch::refuses_as_a_whole;
use crate::guard::mounted_guards::GuardProbe;
use crate::guard::{RequestContext, RequestState, Rule};
use crate::logto::{Logto, WebApp};
use crate::refusals::endpoint::EndpointRefusal;
use crate::telemetry::{self, By};

/// The request itself, for the routes of an application that users sign in to: these endpoints need more of it than
/// route parameters provide.
pub(super) struct Incoming<'r> {
    pub(super) request: &'r (dyn RequestContext + 'r),
    pub(super) logto: &'r WebApp,
}

impl Incoming<'_> {
    /// The URL of the route `name` with the query of the request. The path is built here and not copied, since a
    /// request can spell it in many ways.
    pub(super) fn address(&self, name: &str) -> String {
        let query = self.request.uri().query().map(|query| format!("?{query}"));
        format!("{}/{name}{}", self.logto.0.config.prefix, query.unwrap_or_default())
    }
}

/// The name of these routes in the audit log.
pub(super) const ITEM: &str = "a route of the fairing";

const RULE: Rule = Rule::new(BUILT_IN, ITEM, file!(), line!());

/// The sentinel of the routes of the fairing. Some of them are always mounted, so it checks the launch as a whole.
pub(super) fn refuses_launch<G: 'static>(rocket: &Rocket<Ignite>) -> bool {
    if GuardProbe::records(rocket, TypeId::of::<G>(), &RULE) {
        return true;
    }
    rocket.state::<Logto>().is_none_or(|logto| refuses_as_a_whole(rocket, logto))
}

impl Sentinel for Incoming<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        refuses_launch::<Incoming<'static>>(rocket)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Incoming<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        // `HEAD` must not reach a route with side effects: the callback, for example, uses up a code.
        if RequestState::of(request).came_as_head() {
            let refusal = EndpointRefusal::Head;
            telemetry::refused(By::Endpoint, refusal.code(), ITEM, None, None);
            return Outcome::Error((refusal.status(), ()));
        }
        match request.rocket().state::<Logto>().and_then(Logto::web_app) {
            Some(logto) => Outcome::Success(Incoming { request, logto }),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}
