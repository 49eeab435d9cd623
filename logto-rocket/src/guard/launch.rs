//! What is checked of every mounted guard before the application launches.

use std::any::TypeId;

use rocket::{Ignite, Rocket};

use super::access::AccessReport;
use super::missing_setup::{app_id_is_missing, fairing_is_missing, named};
use super::mounted_guards::{GuardProbe, MountedGuard, RouteGuards};
use super::permission_model::ModelShape;
use super::rule::{OrganizationSource, Requirement, Rule, TokenKind, Via};
use super::scopes_in_use::ScopesInUse;
use super::sign_in_needs::{needed_scopes, needs_organizations};
use crate::config::Unguarded;
use crate::logto::{Logto, SET_APP_ID};
use crate::names::ORGANIZATIONS_RESOURCE;

/// Whether the application must not launch with the guard `R` mounted; says why in the log. As a by-product, what
/// its rule needs is added to what a sign-in asks for.
#[must_use]
pub fn refuses_to_launch<R: Requirement>(rocket: &Rocket<Ignite>) -> bool {
    refuses(rocket, TypeId::of::<R>(), const { &R::RULE })
}

/// The check of the guard `G`, which has the rule of `R`.
pub(super) fn refuses_guard<G: 'static, R: Requirement>(rocket: &Rocket<Ignite>) -> bool {
    refuses(rocket, TypeId::of::<G>(), const { &R::RULE })
}

fn refuses(rocket: &Rocket<Ignite>, guard: TypeId, rule: &'static Rule) -> bool {
    if GuardProbe::records(rocket, guard, rule) {
        return true;
    }
    let Some(logto) = rocket.state::<Logto>() else {
        fairing_is_missing(rocket, guard);
        return true;
    };
    refuses_rule(rule, logto)
}

fn refuses_rule(rule: &Rule, logto: &Logto) -> bool {
    match check(rule, logto) {
        Ok(()) => {
            note_needs(rule, logto);
            false
        }
        Err(Problem { what, fix }) => {
            report(rule, &what, &fix);
            true
        }
    }
}

/// The check of a route that is open on purpose: there is nothing to check, only to note.
pub(super) fn launches_open<G: 'static, R: Requirement>(rocket: &Rocket<Ignite>) -> bool {
    if GuardProbe::records(rocket, TypeId::of::<G>(), &R::RULE) {
        return true;
    }
    match rocket.state::<Logto>() {
        Some(logto) if R::RULE.silent => refuses_rule(&R::RULE, logto),
        _ => false,
    }
}

/// The check of the guard `G`, which has no rule to check.
pub(super) fn launch_without_state<G: 'static>(rocket: &Rocket<Ignite>, rule: &Rule) -> bool {
    let guard = TypeId::of::<G>();
    if GuardProbe::records(rocket, guard, rule) {
        return true;
    }
    let missing = rocket.state::<Logto>().is_none();
    if missing {
        fairing_is_missing(rocket, guard);
    }
    missing
}

/// The check of the guard `G`, which has no rule to check and needs an application that users sign in to.
pub(super) fn needs_session_at_launch<G: 'static>(rocket: &Rocket<Ignite>, rule: &Rule) -> bool {
    if launch_without_state::<G>(rocket, rule) {
        return true;
    }
    let is_api = rocket.state::<Logto>().is_some_and(|logto| logto.web_app().is_none());
    if is_api {
        app_id_is_missing(rocket, TypeId::of::<G>());
    }
    is_api
}

/// Logs why `rule` cannot be checked, where that is found only with a request: no launch check sees a guard that only
/// another guard runs.
pub(super) fn explain(rule: &Rule, logto: &Logto) {
    if let Err(Problem { what, fix }) = check(rule, logto) {
        report(rule, &what, &fix);
    }
}

struct Problem {
    what: String,
    fix: String,
}

fn check(rule: &Rule, logto: &Logto) -> Result<(), Problem> {
    let problem = |what: String, fix: String| Err(Problem { what, fix });
    if logto.web_app().is_none()
        && let Some(what) = need_of_session(rule)
    {
        return problem(
            format!("{what}, and without `app_id` this server accepts only access tokens"),
            SET_APP_ID.to_owned(),
        );
    }
    if let Some(resource) = rule.resource {
        let reserved = resource == ORGANIZATIONS_RESOURCE;
        if !reserved && !logto.0.config.has_resource(resource) {
            let known = configured(logto);
            return problem(
                format!("the resource `{resource}` is not configured"),
                format!("add it to `resources` under [default.logto], or name one of: {known}"),
            );
        }
        if reserved && rule.organization.is_none() {
            return problem(
                "organization scopes are required, and no organization is named".to_owned(),
                "add `organization = \"<segment>\"`".to_owned(),
            );
        }
    }
    if ModelShape::of(rule, logto.sole_resource()) == ModelShape::NoResource {
        return if logto.0.config.resources.is_empty() {
            problem(
                "no API resource is configured, so no token can have the scopes".to_owned(),
                "set `resources = [\"https://..\"]` under [default.logto]".to_owned(),
            )
        } else {
            problem(
                "several API resources are configured, and none is named".to_owned(),
                format!("add `resource = \"..\"` with one of: {}", configured(logto)),
            )
        };
    }
    Ok(())
}

/// Why no bearer can meet the rule.
fn need_of_session(rule: &Rule) -> Option<&'static str> {
    if rule.token != TokenKind::None {
        Some("the token that it fetches is for the user of a session")
    } else if rule.silent {
        Some("a silent sign-in begins a session")
    } else if rule.organization == Some(OrganizationSource::Session) {
        Some("the current organization is that of a session")
    } else if rule.asks_for_roles() {
        Some("only sessions have roles")
    } else if rule.via == Via::Session {
        Some("it only takes sessions")
    } else if rule.has_field_of_session {
        Some("one of its fields is for the user of a session")
    } else {
        None
    }
}

fn configured(logto: &Logto) -> String {
    let names: Vec<&str> = logto.0.config.resources.iter().map(|resource| resource.as_str()).collect();
    if names.is_empty() { "(none is configured)".to_owned() } else { names.join(", ") }
}

fn note_needs(rule: &Rule, logto: &Logto) {
    let Some(web_app) = logto.web_app() else { return };
    web_app.need_scopes(needed_scopes(rule));
    if needs_organizations(rule) {
        web_app.need_organizations();
    }
    if rule.silent {
        web_app.note_silent_sign_in();
    }
}

fn report(rule: &Rule, what: &str, fix: &str) {
    tracing::error!(
        target: "logto",
        "{}: {what}\n   fix: {fix}",
        named(rule)
    );
}

/// The checks that need all routes together. Logs why they fail, as those of single guards do.
pub(crate) fn refuses_as_a_whole(rocket: &Rocket<Ignite>, logto: &Logto) -> bool {
    // Several of the routes ask.
    *logto.0.refuses_launch.get_or_init(|| check_as_a_whole(rocket, logto))
}

fn check_as_a_whole(rocket: &Rocket<Ignite>, logto: &Logto) -> bool {
    let found = RouteGuards::of_all(rocket);
    let lacking: Vec<bool> = found.iter().map(lacks_organization_parameter).collect();
    let refuses_mount = refuses_guard_of_mount(&found, logto);
    if let Some(scopes) = rocket.state::<ScopesInUse>() {
        scopes.note(&found, logto);
    }
    let config = &logto.0.config;
    let scopes = logto.web_app().map(|web_app| &web_app.0.config.scopes);
    let report = logto.0.report.get_or_init(|| AccessReport::new(&found, config, scopes));
    refuses_unguarded(report, config.unguarded) || lacking.contains(&true) || refuses_mount
}

/// The check of the guards around handlers, which Rocket knows nothing of. Each is checked once.
fn refuses_guard_of_mount(found: &[RouteGuards<'_>], logto: &Logto) -> bool {
    let mut checked: Vec<&MountedGuard> = Vec::new();
    let mut refuses = false;
    for guard in found.iter().flat_map(|found| &found.guards) {
        if !guard.is_around_handler || checked.iter().any(|known| known.is_same(guard)) {
            continue;
        }
        checked.push(guard);
        refuses |= refuses_rule(&guard.rule, logto);
    }
    refuses
}

/// A named guard takes its organization from a parameter of the route it stands in: the route must have it.
fn lacks_organization_parameter(found: &RouteGuards<'_>) -> bool {
    let uri = &found.route.uri.unmounted_origin;
    let mut lacking = false;
    for rule in found.guards.iter().map(|guard| &guard.rule) {
        let Some(OrganizationSource::Parameter(name)) = rule.organization else { continue };
        let wanted = format!("<{name}>");
        let declared = uri.path().raw_segments().any(|segment| segment == wanted.as_str())
            || uri.query().is_some_and(|query| query.raw_segments().any(|part| part == wanted.as_str()));
        if !declared {
            lacking = true;
            let what =
                format!("the route `{} {}` has no parameter `{wanted}`", found.route.method, found.route.uri);
            report(rule, &what, &format!("name a path segment or query parameter of the route `{wanted}`"));
        }
    }
    lacking
}

fn refuses_unguarded(report: &AccessReport, unguarded: Unguarded) -> bool {
    let mut has_optional = false;
    let routes: String = report
        .unguarded()
        .map(|route| {
            let optional: Vec<&str> = route.optional_guards().collect();
            has_optional |= !optional.is_empty();
            let optional = match optional[..] {
                [] => String::new(),
                _ => format!(" (optional: {})", optional.join(", ")),
            };
            format!("\n   {} {}{optional}", route.method(), route.uri())
        })
        .collect();
    if routes.is_empty() {
        return false;
    }
    let mut fix =
        "put a guard's attribute above each of them, or `#[public]` if it is open on purpose; mount file servers and the routes of other crates with `guarded::<Guard>(..)` or `public_routes(..)`".to_owned();
    if has_optional {
        fix += "; an optional guard, such as `Option<User>`, admits everybody";
    }
    match unguarded {
        Unguarded::Allow => false,
        Unguarded::Warn => {
            tracing::warn!(target: "logto", "routes without a guard:{routes}\n   fix: {fix}");
            false
        }
        Unguarded::Deny => {
            tracing::error!(target: "logto", "`unguarded` is \"deny\", and these routes have no guard:{routes}\n   fix: {fix}");
            true
        }
    }
}
