//! What the log says where guards lack what they need to work at all.

use std::any::TypeId;

use rocket::{Ignite, Request, Rocket};

use super::access::PUBLIC;
use super::mounted_guards::{MountedGuard, RouteGuards};
use super::rule::Rule;
use crate::logto::SET_APP_ID;

const ATTACH: &str = "add `.attach(Logto::fairing())` to `rocket::build()`";

/// The launch check of the guard of type `guard` has found no fairing. The first guard of the first route speaks for
/// all: one message names every route that needs the fairing.
pub(super) fn fairing_is_missing(rocket: &Rocket<Ignite>, guard: TypeId) {
    let found = RouteGuards::of_all(rocket);
    let has_launch_check = |mounted: &&MountedGuard| needs_fairing(mounted) && !mounted.is_around_handler;
    let first = found.iter().flat_map(|found| &found.guards).find(has_launch_check);
    if first.is_some_and(|first| !first.is(guard)) {
        return;
    }
    let routes = routes_with(&found, needs_fairing);
    tracing::error!(target: "logto", "the fairing is missing, and these routes need it:{routes}\n   fix: {ATTACH}");
}

/// The guard of type `guard` takes webhooks, and has no key to check them with.
pub(super) fn signing_keys_are_missing(rocket: &Rocket<Ignite>, guard: TypeId) {
    let routes = routes_with(&RouteGuards::of_all(rocket), |mounted| mounted.is(guard));
    tracing::error!(
        target: "logto",
        "`webhook_signing_keys` is not set, and these routes need it:{routes}\n   fix: copy the signing key from the webhook's page in Logto into `webhook_signing_keys = [\"..\"]` under [default.logto]"
    );
}

/// Names the routes with this guard, which needs an application that users sign in to.
pub(super) fn app_id_is_missing(rocket: &Rocket<Ignite>, guard: TypeId) {
    let routes = routes_with(&RouteGuards::of_all(rocket), |mounted| mounted.is(guard));
    tracing::error!(target: "logto", "without `app_id` this server accepts only access tokens, and these routes need sessions:{routes}\n   fix: {SET_APP_ID}");
}

/// A guard without a launch check has asked one of ours, or a catcher has.
pub(super) fn asked_without_fairing(request: &Request<'_>, rule: &Rule) {
    let (method, guard) = (request.method(), named(rule));
    let asker = match request.route() {
        Some(route) => match &route.name {
            Some(handler) => format!("the route `{method} {}` (`{handler}`)", route.uri),
            None => format!("the route `{method} {}`", route.uri),
        },
        None => "a catcher or a fairing".to_owned(),
    };
    tracing::error!(target: "logto", "the fairing is missing, and {asker} needs it for {guard}\n   fix: {ATTACH}");
}

fn needs_fairing(mounted: &MountedGuard) -> bool {
    mounted.rule.attribute != PUBLIC
}

/// A line for each guard that is asked for.
fn routes_with(found: &[RouteGuards<'_>], wanted: impl Fn(&MountedGuard) -> bool) -> String {
    let lines = found.iter().flat_map(|found| {
        let guards = found.guards.iter().filter(|guard| wanted(guard));
        guards.map(|guard| format!("\n   {} with {}", found.name(), named(&guard.rule)))
    });
    lines.collect()
}

/// What the log calls a guard: by its attribute and place where it has them, else by the type of the parameter.
pub(super) fn named(rule: &Rule) -> String {
    if rule.is_attribute() {
        format!("`#[{}]` on `{}` ({}:{})", rule.attribute, rule.item, rule.file, rule.line)
    } else {
        rule.item.to_owned()
    }
}
