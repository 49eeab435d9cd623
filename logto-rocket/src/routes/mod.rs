//! The routes under the prefix: one file an endpoint.

mod attempts;
mod backchannel_logout;
mod callback;
mod ends;
pub(crate) mod path;
mod query;
pub(crate) mod refusal;
mod reply;
mod resource_metadata;
mod sign_in;
mod sign_out;
mod user;
mod webhook;

use std::any::TypeId;

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Route, Sentinel, routes};

pub(crate) use reply::finish;

use crate::config::Config;
use crate::guard::access::BUILT_IN;
use crate::guard::launch::refuses_as_a_whole;
use crate::guard::mounted::Asked;
use crate::guard::{RequestContext, RequestState, Rule};
use crate::logto::Logto;
use crate::names::RESOURCE_METADATA;
use crate::telemetry::{self, By};
use refusal::EndpointRefusal;

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

/// What the fairing mounts at [`RESOURCE_METADATA`](crate::names::RESOURCE_METADATA) where it is switched on.
pub(crate) fn resource_metadata() -> Vec<Route> {
    routes![resource_metadata::document, resource_metadata::preflight]
}

/// The request itself: these endpoints look at more of it than parameters can say.
struct Incoming<'r> {
    request: &'r (dyn RequestContext + 'r),
    logto: &'r Logto,
}

impl Incoming<'_> {
    /// The address of a route of these with the query of the request, as it is written in this crate and however the
    /// request has spelt it.
    fn address(&self, name: &str) -> String {
        let query = self.request.uri().query().map(|query| format!("?{query}"));
        format!("{}/{name}{}", self.logto.0.config.prefix, query.unwrap_or_default())
    }
}

/// What these routes are called in the audit.
const ITEM: &str = "a route of the fairing";

const RULE: Rule = Rule::new(BUILT_IN, ITEM, file!(), line!());

/// These routes are always mounted, so this is where the launch as a whole is looked at.
impl Sentinel for Incoming<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if Asked::notes(rocket, TypeId::of::<Incoming<'static>>(), &RULE) {
            return true;
        }
        rocket.state::<Logto>().is_none_or(|logto| refuses_as_a_whole(rocket, logto))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Incoming<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        // These routes do things; a code is spent by looking. A document may be looked at. Where Rocket has routed
        // to tells the two apart: a path can be spelt in many ways.
        let is_document = request.route().is_some_and(|route| route.uri.base() == RESOURCE_METADATA);
        if RequestState::of(request).came_as_head() && !is_document {
            let refusal = EndpointRefusal::Head;
            telemetry::refused(By::Endpoint, refusal.code(), ITEM, None);
            return Outcome::Error((refusal.status(), ()));
        }
        match request.rocket().state::<Logto>() {
            Some(logto) => Outcome::Success(Incoming { request, logto }),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}
