//! The routes under the prefix, one file per endpoint.

mod addresses;
mod admission;
mod authorization_error;
mod backchannel_logout;
mod callback;
mod carry_over;
mod logout;
pub(crate) mod path;
mod pending_sign_ins;
mod query;
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

pub(crate) use addresses::log_addresses;
pub(crate) use reply::finish;
pub use sign_in::SignIn;

use crate::config::WebAppConfig;
use crate::guard::access::BUILT_IN;
use crate::guard::launch::refuses_as_a_whole;
use crate::guard::mounted::GuardProbe;
use crate::guard::{RequestContext, RequestState, Rule};
use crate::logto::{Logto, WebApp};
use crate::refusals::endpoint::EndpointRefusal;
use crate::telemetry::{self, By};

/// The routes that the fairing mounts at the prefix.
pub(crate) fn of_web_app(config: &WebAppConfig) -> Vec<Route> {
    let mut routes = routes![
        sign_in::sign_in,
        sign_in::sign_up,
        sign_out::sign_out,
        sign_out::sign_out_by_link,
        user::user
    ];
    if config.public.origins().any(|origin| config.sign_out_landing(origin).is_some()) {
        routes.extend(routes![sign_out::signed_out]);
    }
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

/// The redirect URI, which the fairing mounts by itself: it need not be below the prefix.
pub(crate) fn callback() -> Vec<Route> {
    routes![callback::callback]
}

/// The routes that the fairing mounts at [`RESOURCE_METADATA`](crate::names::RESOURCE_METADATA) where
/// `resource_metadata` is set.
pub(crate) fn resource_metadata() -> Vec<Route> {
    routes![resource_metadata::document, resource_metadata::preflight]
}

/// The route that is mounted in place of them where no metadata is published and no other route of the fairing is sure to
/// be mounted as it is. It finds no document; its sentinel checks the launch.
pub(crate) fn launch_check() -> Vec<Route> {
    routes![resource_metadata::document]
}

/// The request itself, for the routes of an application that users sign in to: these endpoints need more of it than
/// route parameters provide.
struct Incoming<'r> {
    request: &'r (dyn RequestContext + 'r),
    logto: &'r WebApp,
}

impl Incoming<'_> {
    /// The URL of the route `name` with the query of the request. The path is built here and not copied, since a
    /// request can spell it in many ways.
    fn address(&self, name: &str) -> String {
        let query = self.request.uri().query().map(|query| format!("?{query}"));
        format!("{}/{name}{}", self.logto.0.config.prefix, query.unwrap_or_default())
    }
}

/// The name of these routes in the audit log.
const ITEM: &str = "a route of the fairing";

const RULE: Rule = Rule::new(BUILT_IN, ITEM, file!(), line!());

/// The sentinel of the routes of the fairing. Some of them are always mounted, so it checks the launch as a whole.
fn refuses_launch<G: 'static>(rocket: &Rocket<Ignite>) -> bool {
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
