//! The access report: every mounted route, and what it asks of its callers.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rocket::config::LogLevel;
use rocket::{Config, Ignite, Rocket, Route};
use serde::Serialize;

use super::rule::{OrganizationSource, Rule, Subject, TokenKind, Via};
use super::webhook::WEBHOOK;
use crate::names::RESOURCE_METADATA;

/// Every mounted route with its rules. Made at launch; see [`Logto::access_report`](crate::Logto::access_report).
///
/// `Display` writes a table. `Serialize` writes JSON whose members are only ever added to within one
/// `schema`:
///
/// ```json
/// {"schema": 1, "routes": [{"method": "GET", "uri": "/orders", "handler": "list_orders", "rank": -12,
///   "access": "guarded", "rules": [{"attribute": "require_auth", "item": "shop::list_orders",
///   "scopes": ["read:orders"], "any_scope": [], "roles": [], "any_role": [], "resource": null,
///   "organization": null, "via": "session or bearer", "subject": "user", "max_age": null,
///   "check": false, "token": null}]}]}
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct AccessReport {
    schema: u32,
    routes: Vec<RouteAccess>,
}

/// One mounted route.
#[derive(Debug, Clone, Serialize)]
pub struct RouteAccess {
    method: String,
    uri: String,
    handler: Option<String>,
    rank: isize,
    access: Access,
    rules: Vec<RuleReport>,
}

/// Who may reach a route's handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever its rules let in.
    Guarded,
    /// Everybody, as `#[public]` says.
    Public,
    /// Everybody, and nothing says that this is meant.
    Unguarded,
    /// One of the routes that [`Logto::fairing`](crate::Logto::fairing) mounts.
    BuiltIn,
}

/// One rule of a route.
#[derive(Debug, Clone, Serialize)]
struct RuleReport {
    attribute: &'static str,
    item: &'static str,
    scopes: &'static [&'static str],
    any_scope: &'static [&'static str],
    roles: &'static [&'static str],
    any_role: &'static [&'static str],
    resource: Option<&'static str>,
    organization: Option<String>,
    via: &'static str,
    subject: &'static str,
    max_age: Option<u64>,
    check: bool,
    token: Option<&'static str>,
}

impl AccessReport {
    /// The routes, in the order in which they were mounted.
    #[must_use]
    pub fn routes(&self) -> &[RouteAccess] {
        &self.routes
    }

    /// The routes that everybody can reach although nothing says that this is meant.
    pub fn unguarded(&self) -> impl Iterator<Item = &RouteAccess> {
        self.routes.iter().filter(|route| route.access == Access::Unguarded)
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    pub(crate) fn new(found: &[RouteRules<'_>], prefix: &str) -> Self {
        let routes = found.iter().map(|found| RouteAccess::new(found.route, prefix, &found.rules)).collect();
        AccessReport { schema: 1, routes }
    }
}

/// A mounted route, and the rules of its guards.
pub(crate) struct RouteRules<'r> {
    pub(crate) route: &'r Route,
    pub(crate) rules: Vec<Rule>,
}

impl<'r> RouteRules<'r> {
    /// Asks each mounted route which guards it has.
    ///
    /// Rocket does not tell, but asks each route's guards before it launches. So each route is mounted
    /// alone on a second, silent Rocket that is never launched: the guards that are asked there are this
    /// route's and no other's, whatever its handler is called and wherever it is mounted.
    pub(crate) fn of_all(rocket: &'r Rocket<Ignite>) -> Vec<Self> {
        /// The log's level belongs to the process: of two launches at once, one waits.
        static SILENCE: Mutex<()> = Mutex::new(());
        let _silence = SILENCE.lock().unwrap_or_else(PoisonError::into_inner);
        let level = log::max_level();
        let found = rocket.routes().map(|route| RouteRules { route, rules: rules_of(route) }).collect();
        log::set_max_level(level);
        found
    }
}

impl RouteAccess {
    /// The route's method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The route's URI, with its mount point.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Who may reach its handler.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    fn new(route: &Route, prefix: &str, rules: &[Rule]) -> Self {
        let mut guards: Vec<&Rule> = rules.iter().filter(|rule| rule.attribute != PUBLIC).collect();
        // Beside an attribute it only says who was let in.
        if guards.len() > 1 {
            guards.retain(|rule| rule.attribute != "Identity");
        }
        let base = route.uri.base();
        let is_ours = base == prefix || base == RESOURCE_METADATA;
        let access = if is_ours && rules.iter().any(|rule| rule.attribute == BUILT_IN) {
            Access::BuiltIn
        } else if !guards.is_empty() {
            Access::Guarded
        } else if !rules.is_empty() {
            Access::Public
        } else {
            Access::Unguarded
        };
        RouteAccess {
            method: route.method.to_string(),
            uri: route.uri.to_string(),
            handler: route.name.as_ref().map(ToString::to_string),
            rank: route.rank,
            access,
            rules: if access == Access::Guarded {
                guards.into_iter().map(RuleReport::of).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// The attribute of a rule that lets everybody in on purpose.
pub(crate) const PUBLIC: &str = "public";
/// The attribute of the rule that this crate's own routes carry.
pub(crate) const BUILT_IN: &str = "built-in";

/// The managed state by which a guard's launch check knows that it is only asked who it is.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<Rule>>>);

impl Asked {
    /// Notes `rule` if this is only the question. A launch check has nothing else to do then.
    pub(crate) fn notes(rocket: &Rocket<Ignite>, rule: &Rule) -> bool {
        let Some(Asked(rules)) = rocket.state::<Asked>() else { return false };
        let mut rules = rules.lock().unwrap_or_else(PoisonError::into_inner);
        // A token parameter carries the rule of its attribute a second time.
        if rules.iter().all(|known| (known.attribute, known.item) != (rule.attribute, rule.item)) {
            rules.push(*rule);
        }
        true
    }
}

/// The rules of `route`'s guards. Whatever the second Rocket would log is held back: it says nothing
/// about the application.
fn rules_of(route: &Route) -> Vec<Rule> {
    let asked = Asked::default();
    log::set_max_level(log::LevelFilter::Off);
    let quiet = Config { log_level: LogLevel::Off, ..Config::debug_default() };
    let rocket = rocket::custom(quiet).manage(asked.clone()).mount("/", [route.clone()]);
    log::set_max_level(log::LevelFilter::Off);
    // Nothing in it waits: there are no fairings but Rocket's own.
    let ignition = pin!(rocket.ignite());
    if let Poll::Ready(Err(error)) = ignition.poll(&mut Context::from_waker(Waker::noop())) {
        // Guards of others refuse without their state, after all were asked. An error that was looked at
        // does not panic.
        let _ = error.kind();
    }
    let rules = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
    rules.clone()
}

impl RuleReport {
    fn of(rule: &Rule) -> Self {
        RuleReport {
            attribute: rule.attribute,
            item: rule.item,
            scopes: rule.scopes,
            any_scope: rule.any_scope,
            roles: rule.roles,
            any_role: rule.any_role,
            resource: rule.resource,
            organization: rule.organization.map(|source| match source {
                OrganizationSource::Segment { name, .. } | OrganizationSource::Parameter(name) => {
                    format!("<{name}>")
                }
                OrganizationSource::Query(name) => format!("?<{name}>"),
                OrganizationSource::Header(name) => format!("header:{name}"),
                OrganizationSource::Session => "session".to_owned(),
            }),
            via: match rule.via {
                Via::Both => "session or bearer",
                Via::Session => "session",
                Via::Bearer => "bearer",
            },
            subject: match rule.subject {
                Subject::User => "user",
                Subject::Machine => "machine",
                Subject::Any => "any",
            },
            max_age: rule.max_age,
            check: rule.check.is_some(),
            token: match rule.token {
                TokenKind::None => None,
                TokenKind::Access => Some("access token"),
                TokenKind::Organization => Some("organization token"),
            },
        }
    }

    /// The rule in one cell of the table.
    fn summary(&self) -> String {
        if self.attribute == WEBHOOK {
            return format!("{WEBHOOK}: signed by Logto");
        }
        let mut parts = Vec::new();
        let mut list = |name: &str, values: &[&str]| {
            if !values.is_empty() {
                parts.push(format!("{name} {}", values.join(" ")));
            }
        };
        list("scopes", self.scopes);
        list("any scope", self.any_scope);
        list("roles", self.roles);
        list("any role", self.any_role);
        list("of", self.resource.as_slice());
        list("in", self.organization.as_deref().as_slice());
        if let Some(seconds) = self.max_age {
            parts.push(format!("signed in within {seconds} s"));
        }
        if self.check {
            parts.push("own check".to_owned());
        }
        if self.subject != "user" {
            parts.push(format!("subject {}", self.subject));
        }
        parts.push(format!("by {}", self.via));
        format!("{}: {}", self.attribute, parts.join(", "))
    }
}

impl fmt::Display for AccessReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<[String; 3]> = self.routes.iter().map(RouteAccess::cells).collect();
        let width = |column: usize| cells.iter().map(|cell| cell[column].chars().count()).max().unwrap_or(0);
        let (routes, handlers) = (width(0), width(1));
        for [route, handler, rule] in &cells {
            writeln!(f, "{route:routes$}  {handler:handlers$}  {rule}")?;
        }
        Ok(())
    }
}

impl RouteAccess {
    fn cells(&self) -> [String; 3] {
        let rule = match self.access {
            Access::Guarded => self.rules.iter().map(RuleReport::summary).collect::<Vec<_>>().join("; "),
            Access::Public => "public".to_owned(),
            Access::Unguarded => "UNGUARDED".to_owned(),
            Access::BuiltIn => "built in".to_owned(),
        };
        [format!("{} {}", self.method, self.uri), self.handler.clone().unwrap_or_default(), rule]
    }
}
